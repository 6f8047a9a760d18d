// Where GridSample reads for one value of the grid.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace mindird::ops {

template <class C>
struct GridCorners {
  int64_t first = 0;
  C fraction = 0;
  bool any = false;  // at least one of first, first + 1 lies inside
};

template <class C>
GridCorners<C> grid_corners_at(C g, int64_t size, bool align_corners) {
  const auto n = static_cast<C>(size);
  const C position = align_corners ? (g + 1) / 2 * (n - 1) : ((g + 1) * n - 1) / 2;
  // False for NaN as well, so that the conversion below is always in range.
  if (!(position > -1 && position < n)) return {};
  const C below = std::floor(position);
  return {static_cast<int64_t>(below), position - below, true};
}

template <class C>
struct GridPoint {
  std::array<int64_t, 4> offset{};
  std::array<C, 4> weight{};
  size_t count = 0;
};

/// Offsets in a plane and weights of the elements around (x, y) that lie inside it.
template <class C>
GridPoint<C> grid_sample_at(C gx, C gy, int64_t height, int64_t width, bool align_corners) {
  GridPoint<C> sample;
  const GridCorners<C> x = grid_corners_at(gx, width, align_corners);
  const GridCorners<C> y = grid_corners_at(gy, height, align_corners);
  if (!x.any || !y.any) return sample;
  for (int64_t dy = 0; dy < 2; ++dy) {
    for (int64_t dx = 0; dx < 2; ++dx) {
      const int64_t row = y.first + dy;
      const int64_t column = x.first + dx;
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      sample.offset[sample.count] = row * width + column;
      sample.weight[sample.count++] = (dx ? x.fraction : 1 - x.fraction) * (dy ? y.fraction : 1 - y.fraction);
    }
  }
  return sample;
}

}  // namespace mindird::ops
