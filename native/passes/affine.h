// Nodes that multiply and add constants per channel, in all the forms they come in.
#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"

namespace mindird::passes {

/// y = x * scale[c] + shift[c], c counting along one dim of x; x and y have one type.
struct Affine {
  ir::ValueId x;
  std::vector<double> scale;
  std::vector<double> shift;
  /// What made it: a ChannelAffine, or a sum or product with a constant.
  bool is_channel_affine;
};

/// The node as an Affine along dim `axis` of its output: ChannelAffine with constants, or Binary add, sub, mul or div
/// by a constant. Floating types only.
std::optional<Affine> affine_of(const ir::Graph& graph, ir::NodeId node, size_t axis);

}  // namespace mindird::passes
