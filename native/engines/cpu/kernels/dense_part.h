// How a dense kernel reads one part of a panel: up to four vectors of columns of some rows, for each type of weights. Included by the kernels alone.
#pragma once

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "engines/cpu/kernels/dense_panels.h"

namespace mindird::engines::cpu::dense {

template <class Weight>
struct Column {
  int64_t first;  // first column of this part of a panel
  const Weight* weights;
};

typedef uint16_t U16x16 __attribute__((vector_size(32), aligned(2), may_alias));
typedef uint32_t U32x16 __attribute__((vector_size(64)));
typedef int32_t I32x16 __attribute__((vector_size(64)));
typedef int32_t I32x16At __attribute__((vector_size(64), aligned(2), may_alias));

MINDIRD_INLINE void widen(const float* from, V16& to) { to = *reinterpret_cast<const V16*>(from); }
/// bf16 is the upper half of a float.
MINDIRD_INLINE void widen(const BFloat16* from, V16& to) {
  to = reinterpret_cast<V16>(__builtin_convertvector(*reinterpret_cast<const U16x16*>(from), U32x16) << 16U);
}

/// The vectors of a line, as they lie one after the other.
template <int Vectors, class Weight>
MINDIRD_INLINE void widen_line(const Weight* from, V16* to) {
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) widen(from + v * kLanes, to[v]);
}

/// Fixed-point numbers come 65536 times too large: a 32-bit integer has one number of one vector in its lower half and one of the next in its upper half, so
/// that a shift and a mask make integers of both.
template <int Vectors>
MINDIRD_INLINE void widen_line(const Fixed16* from, V16* to) {
#pragma GCC unroll 2
  for (int v = 0; v < Vectors; v += 2) {
    const I32x16 both = *reinterpret_cast<const I32x16At*>(from + v * kLanes);
    to[v] = __builtin_convertvector(both << 16, V16);
    to[v + 1] = __builtin_convertvector(both & -65536, V16);
  }
}

/// What the sums go to.
using Target = DenseData<float>;

/// Products with fixed-point numbers are made smaller by a power of two, so that a sum overflows no sooner than with floats.
template <class Weight>
inline constexpr float kFactor = std::is_same_v<Weight, Fixed16> ? 1.0F / 32768 / 65536 : 1.0F;
/// The fewest vectors of a line that can be read alone.
template <class Weight>
inline constexpr int kLeastVectors = std::is_same_v<Weight, Fixed16> ? 2 : 1;

/// The last columns of a matrix, fewer than a vector: by way of a whole vector on the side. Out of line, since it is rare and long.
__attribute__((noinline)) inline void store_tail(const DenseShape& s, const Target& d, const Epilogue& e, int64_t row, int64_t column, const V16* sums) {
  float side[kLanes] = {};
  const int64_t at = row * s.columns + column;
  for (int64_t i = 0; i < s.columns - column; ++i) side[i] = (d.bias ? d.bias[column + i] : 0.0F) + (d.residual ? d.residual[at + i] : 0.0F);
  V16 v = *sums + *reinterpret_cast<const V16*>(side);
  activate(v, e);
  std::memcpy(side, &v, sizeof side);
  std::memcpy(d.y + at, side, static_cast<size_t>(s.columns - column) * sizeof(float));
}

/// Adds bias and residual, activates and stores the part of a vector that lies inside the matrix.
MINDIRD_INLINE void store(const DenseShape& s, const Target& d, const Epilogue& e, int64_t row, int64_t column, V16& v) {
  if (column + kLanes > s.columns) {
    if (column < s.columns) store_tail(s, d, e, row, column, &v);
    return;
  }
  const int64_t at = row * s.columns + column;
  if (d.bias) v += *reinterpret_cast<const V16*>(d.bias + column);
  if (d.residual) v += *reinterpret_cast<const V16*>(d.residual + at);
  activate(v, e);
  *reinterpret_cast<V16*>(d.y + at) = v;
}

template <int Rows, int Vectors, class Weight>
MINDIRD_INLINE void part(const DenseShape& s, const DenseData<Weight>& d, const Epilogue& e, const Column<Weight>& c) {
  V16 sums[Rows][Vectors] = {};
  const Weight* w = c.weights;
  for (int64_t k = 0; k < s.depth; ++k, w += s.width) {
    V16 b[Vectors];
    widen_line<Vectors>(w, b);
#pragma GCC unroll 6
    for (int r = 0; r < Rows; ++r) {
      const float a = d.x[r * s.depth + k] * kFactor<Weight>;
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) sums[r][v] += b[v] * a;
    }
  }
  // By way of memory, so that the epilogue is compiled once and not for every register.
  V16 results[Rows * Vectors];
#pragma GCC unroll 6
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) results[r * Vectors + v] = sums[r][v];
  }
  const Target target{d.x, nullptr, d.bias, d.residual, d.y, nullptr};
#pragma GCC unroll 1
  for (int i = 0; i < Rows * Vectors; ++i) {
    if constexpr (std::is_same_v<Weight, Fixed16>) results[i] *= *reinterpret_cast<const V16*>(d.scales + c.first + i % Vectors * kLanes);
    store(s, target, e, i / Vectors, c.first + i % Vectors * kLanes, results[i]);
  }
}

template <int Rows, class Weight>
MINDIRD_INLINE void panels(const DenseShape& s, const DenseData<Weight>& d, const Epilogue& e, int64_t first, int64_t last) {
  for (int64_t p = first; p < last; ++p) {
    const Weight* w = d.weights + p * s.panel_stride;
    const int64_t begin = p * s.width;
    const int64_t used = std::min(s.width, s.columns - begin);
    int64_t i = 0;
    for (; i + 3 * kLanes < used && i + 4 * kLanes <= s.width; i += 4 * kLanes) part<Rows, 4, Weight>(s, d, e, {begin + i, w + i});
    constexpr int kLeast = kLeastVectors<Weight>;
    for (; i < used; i += kLeast * kLanes) part<Rows, kLeast, Weight>(s, d, e, {begin + i, w + i});
  }
}

}  // namespace mindird::engines::cpu::dense
