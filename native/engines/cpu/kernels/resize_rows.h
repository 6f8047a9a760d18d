// Rows of resized images. Tables hold, tap by tap, one entry per output column, so that columns next to each other are read as vectors.
#pragma once

#include <vector>

#include "engines/cpu/kernels/vector.h"

namespace mindird::engines::cpu {

inline constexpr int64_t kMaxTaps = 4;

/// What the output positions along one dim read: entry [tap * count + position].
struct TapTable {
  int64_t count = 0;
  int64_t taps = 1;
  std::vector<int32_t> at;
  std::vector<float> weight;
};

/// y[o] = sum over taps of x[at] * weight, of a row of single elements; 2 or 4 taps.
void resize_across(const TapTable& columns, const float* x, float* y);
/// y[o] = sum over taps of rows[tap][o] * weight[tap], `count` elements.
void resize_down(int64_t taps, const float* const* rows, const float* weight, float* y, int64_t count);
/// A row of pixels of `channels` elements each: both sums at once.
void resize_pixels(const TapTable& columns, const float* const* rows, const float* weight, int64_t channels, float* y);
/// y[o] = x[at] of elements of 1, 2, 4 or 8 bytes.
void resize_nearest(const TapTable& columns, const std::byte* x, int64_t element, std::byte* y);

}  // namespace mindird::engines::cpu
