// Weighed sums of a few positions of an image, channel by channel.
#pragma once

#include <array>
#include <cstddef>

#include "engines/cpu/kernels/vector.h"

namespace mindird::engines::cpu {

struct WeighedPositions {
  std::array<int64_t, 8> at{};
  std::array<float, 8> weight{};
  int64_t count = 0;  // of the eight
  int64_t step = 1;   // elements from one position to the next
};

/// y = sum of weight * x at the positions, for `channels` channels that are a step apart.
void weigh_channels(const WeighedPositions& positions, const float* x, int64_t x_step, float* y, int64_t y_step, int64_t channels);

}  // namespace mindird::engines::cpu
