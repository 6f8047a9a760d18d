// The own Winograd convolution as a candidate beside oneDNN's.
#pragma once

#include <string_view>
#include <vector>

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

/// 3x3 or 5x5, stride 1, one group, constant weights, channels in whole vectors, absorbed operations the kernel can apply.
bool winograd_fits(const NodeBuilder& b);
/// One way to do it: how many tiles at a time, and how many inputs a tile has a side (kernels/winograd.h).
struct WinogradChoice {
  std::string_view name;
  int64_t chunk;
  int64_t tile;
};
/// Those worth trying, by their names.
std::vector<WinogradChoice> winograd_choices(const NodeBuilder& b);
Status build_winograd(NodeBuilder& b, const WinogradChoice& choice);

}  // namespace mindird::engines::cpu
