// Where GridSample reads for one value of the grid.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "ops/image/grid_sample.h"

namespace mindird::ops {

/// The elements along one dim that a position lies between.
template <class C>
struct GridTaps {
  int64_t first = 0;
  C fraction = 0;
  int64_t count = 0;  // 0: nothing of the input
};

/// Offsets in the input and weights of the elements around a position.
template <class C>
struct GridPoint {
  std::array<int64_t, 8> offset{};
  std::array<C, 8> weight{};
  size_t count = 0;
};

/// How an input of 2 or 3 spatial dims is read, and their sizes; an image has a depth of 1.
struct GridSampling {
  GridInterpolation interpolation = GridInterpolation::kBilinear;
  GridPadding padding = GridPadding::kZeros;
  bool align_corners = false;
  std::array<int64_t, 3> size{1, 1, 1};
  size_t dims = 2;

  /// `point` is x, y and, for three dims, z.
  template <class C>
  GridPoint<C> at(const std::array<C, 3>& point) const {
    const GridTaps<C> x = taps(point[0], size[2]);
    const GridTaps<C> y = taps(point[1], size[1]);
    const GridTaps<C> z = dims == 3 ? taps(point[2], size[0]) : GridTaps<C>{0, 0, 1};
    GridPoint<C> sample;
    for (int64_t k = 0; k < z.count; ++k) {
      for (int64_t j = 0; j < y.count; ++j) {
        for (int64_t i = 0; i < x.count; ++i) {
          const int64_t depth = z.first + k;
          const int64_t row = y.first + j;
          const int64_t column = x.first + i;
          if (depth < 0 || depth >= size[0] || row < 0 || row >= size[1] || column < 0 || column >= size[2]) continue;
          sample.offset[sample.count] = (depth * size[1] + row) * size[2] + column;
          sample.weight[sample.count++] = (i ? x.fraction : 1 - x.fraction) * (j ? y.fraction : 1 - y.fraction) * (k ? z.fraction : 1 - z.fraction);
        }
      }
    }
    return sample;
  }

 private:
  template <class C>
  GridTaps<C> taps(C g, int64_t length) const {
    const auto n = static_cast<C>(length);
    C position = align_corners ? (g + 1) / 2 * (n - 1) : ((g + 1) * n - 1) / 2;
    if (length == 0) return {};
    if (padding == GridPadding::kReflection) position = reflected(position, n);
    if (padding != GridPadding::kZeros) position = std::clamp<C>(position, 0, n - 1);
    // What lies outside, or is no number, is gone before the conversions below, which are always in range.
    if (!(position > -1 && position < n)) return {};
    if (interpolation == GridInterpolation::kNearest) return {static_cast<int64_t>(std::round(position)), 0, 1};
    const C below = std::floor(position);
    return {static_cast<int64_t>(below), position - below, 2};
  }

  /// Mirrored at the centres (align_corners) or outer edges of the first and last elements until it lies between them.
  template <class C>
  C reflected(C position, C n) const {
    const C low = align_corners ? C{0} : C{-0.5};
    const C span = align_corners ? n - 1 : n;
    if (span == 0) return 0;
    const C far = std::abs(position - low);
    const C rest = std::fmod(far, span);
    return std::fmod(std::floor(far / span), C{2}) == 0 ? rest + low : span - rest + low;
  }
};

/// How `op` reads an input of shape [N,C,H,W] or [N,C,D,H,W].
inline GridSampling grid_sampling(const GridSample& op, const Shape& x) {
  const size_t dims = x.rank() - 2;
  GridSampling sampling{op.interpolation, op.padding, op.align_corners, {1, 1, 1}, dims};
  for (size_t i = 0; i < dims; ++i) sampling.size[3 - dims + i] = x[2 + i];
  return sampling;
}

}  // namespace mindird::ops
