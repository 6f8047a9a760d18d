// One output of a pooling window, for all channels side by side in memory.
#pragma once

#include <array>

#include "engines/cpu/kernels/vector.h"

namespace mindird::engines::cpu {

struct PoolWindow {
  std::array<int64_t, 3> size{1, 1, 1};
  std::array<int64_t, 3> step{0, 0, 0};  // elements from one position along a dim to the next
  int64_t channels = 1;                  // elements of a position, contiguous
};

/// y[channels] = the sum over the window times `scale`.
void sum_window(const PoolWindow& window, const float* x, float scale, float* y);
/// y[channels] = the largest element of the window; a NaN beats every number.
void max_window(const PoolWindow& window, const float* x, float* y);

}  // namespace mindird::engines::cpu
