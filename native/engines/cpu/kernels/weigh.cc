#include "engines/cpu/kernels/weigh.h"

namespace mindird::engines::cpu {
namespace {

MINDIRD_CLONES void side_by_side(const WeighedPositions& p, const float* x, float* y, int64_t channels) {
  for (int64_t c = 0; c < channels; ++c) y[c] = 0;
  for (int64_t i = 0; i < p.count; ++i) {
    const float* from = x + p.at[static_cast<size_t>(i)] * p.step;
    const float weight = p.weight[static_cast<size_t>(i)];
    for (int64_t c = 0; c < channels; ++c) y[c] += from[c] * weight;
  }
}

}  // namespace

void weigh_channels(const WeighedPositions& positions, const float* x, int64_t x_step, float* y, int64_t y_step, int64_t channels) {
  if (x_step == 1 && y_step == 1) return side_by_side(positions, x, y, channels);
  for (int64_t c = 0; c < channels; ++c) {
    float sum = 0;
    for (int64_t i = 0; i < positions.count; ++i) {
      sum += x[c * x_step + positions.at[static_cast<size_t>(i)] * positions.step] * positions.weight[static_cast<size_t>(i)];
    }
    y[c * y_step] = sum;
  }
}

}  // namespace mindird::engines::cpu
