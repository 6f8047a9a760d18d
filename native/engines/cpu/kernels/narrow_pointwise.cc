#include "engines/cpu/kernels/narrow_pointwise.h"

#include <algorithm>
#include <cstring>

namespace mindird::engines::cpu {
namespace {

typedef float V8 __attribute__((vector_size(32), aligned(4), may_alias));
constexpr int64_t kWidth = 8;

/// Pixels that stay in registers with so many vectors of columns: sums enough to hide how long one takes, and an even number of them.
constexpr int pixels_of(int vectors) { return vectors == 1 ? 8 : 4; }

/// Vectors of the group that begins when an odd number of them, `left`, is to come: threes, and behind them what no three is left for.
int64_t next_group(int64_t left) {
  if (left == 4 || left == 5) return left;
  return std::min<int64_t>(left, 3);
}

struct Group {
  const float* weights;
  const float* bias;
  int64_t column;  // first
};

template <int Vectors, int Pixels>
MINDIRD_INLINE void multiply_block(const NarrowShape& s, const NarrowData& d, const Epilogue& e, const Group& group, int64_t pixel) {
  V8 sums[Pixels][Vectors];
#pragma GCC unroll 8
  for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 5
    for (int v = 0; v < Vectors; ++v) sums[p][v] = *reinterpret_cast<const V8*>(group.bias + v * kWidth);
  }
  const float* x = d.x + pixel * s.depth;
  const float* w = group.weights;
  for (int64_t k = 0; k < s.depth; ++k, w += Vectors * kWidth) {
    V8 weights[Vectors];
#pragma GCC unroll 5
    for (int v = 0; v < Vectors; ++v) weights[v] = *reinterpret_cast<const V8*>(w + v * kWidth);
#pragma GCC unroll 8
    for (int p = 0; p < Pixels; ++p) {
      const float factor = x[p * s.depth + k];
#pragma GCC unroll 5
      for (int v = 0; v < Vectors; ++v) sums[p][v] += weights[v] * factor;
    }
  }
  // By way of memory, so that the epilogue takes vectors of 16 whatever the columns are.
  constexpr int kFloats = Pixels * Vectors * kWidth;
  constexpr int kWhole = (kFloats + kLanes - 1) / kLanes * kLanes;
  float values[kWhole] = {};
  std::memcpy(values, sums, sizeof sums);
  const int64_t at = pixel * s.columns + group.column;
  if (d.residual) {
#pragma GCC unroll 8
    for (int p = 0; p < Pixels; ++p) {
      const float* residual = d.residual + at + p * s.columns;
#pragma GCC unroll 5
      for (int v = 0; v < Vectors; ++v) *reinterpret_cast<V8*>(values + (p * Vectors + v) * kWidth) += *reinterpret_cast<const V8*>(residual + v * kWidth);
    }
  }
#pragma GCC unroll 10
  for (int i = 0; i < kWhole; i += kLanes) activate(*reinterpret_cast<V16*>(values + i), e);
#pragma GCC unroll 8
  for (int p = 0; p < Pixels; ++p) std::memcpy(d.y + at + p * s.columns, values + p * Vectors * kWidth, Vectors * kWidth * sizeof(float));
}

template <int Vectors>
MINDIRD_INLINE void multiply_group(const NarrowShape& s, const NarrowData& d, const Epilogue& e, const Group& group, int64_t first, int64_t last) {
  constexpr int kPixels = pixels_of(Vectors);
  int64_t pixel = first;
  for (; pixel + kPixels <= last; pixel += kPixels) multiply_block<Vectors, kPixels>(s, d, e, group, pixel);
  for (; pixel < last; ++pixel) multiply_block<Vectors, 1>(s, d, e, group, pixel);
}

#define MINDIRD_GROUP(name, vectors)                                                                                                    \
  MINDIRD_CLONES void name(const NarrowShape& s, const NarrowData& d, const Epilogue& e, int64_t column, int64_t first, int64_t last) { \
    multiply_group<vectors>(s, d, e, {d.weights + column * s.depth, d.weights + s.columns * s.depth + column, column}, first, last);    \
  }
MINDIRD_GROUP(group_of_1, 1)
MINDIRD_GROUP(group_of_3, 3)
MINDIRD_GROUP(group_of_4, 4)
MINDIRD_GROUP(group_of_5, 5)
#undef MINDIRD_GROUP

}  // namespace

void pack_narrow(const NarrowShape& s, const float* weights, const float* bias, float* out) {
  for (int64_t column = 0; column < s.columns;) {
    const int64_t width = next_group((s.columns - column) / kWidth) * kWidth;
    float* group = out + column * s.depth;
    for (int64_t k = 0; k < s.depth; ++k) {
      for (int64_t c = 0; c < width; ++c) group[k * width + c] = weights[(column + c) * s.depth + k];
    }
    column += width;
  }
  float* biases = out + s.columns * s.depth;
  if (bias) {
    std::copy_n(bias, s.columns, biases);
  } else {
    std::fill_n(biases, s.columns, 0.0F);
  }
}

void multiply_narrow(const NarrowShape& shape, const NarrowData& data, const Epilogue& epilogue, int64_t first, int64_t last) {
  for (int64_t column = 0; column < shape.columns;) {
    const int64_t vectors = next_group((shape.columns - column) / kWidth);
    auto* group = group_of_3;
    if (vectors == 1) group = group_of_1;
    if (vectors == 4) group = group_of_4;
    if (vectors == 5) group = group_of_5;
    group(shape, data, epilogue, column, first, last);
    column += vectors * kWidth;
  }
}

}  // namespace mindird::engines::cpu
