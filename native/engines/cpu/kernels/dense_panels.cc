#include "engines/cpu/kernels/dense_panels.h"

#include <algorithm>
#include <cstring>

namespace mindird::engines::cpu {
namespace {

template <class Weight>
struct Column {
  int64_t first;  // first column of this part of a panel
  const Weight* weights;
};

typedef uint16_t U16x16 __attribute__((vector_size(32), aligned(2), may_alias));
typedef uint32_t U32x16 __attribute__((vector_size(64)));

MINDIRD_INLINE void widen(const float* from, V16& to) { to = *reinterpret_cast<const V16*>(from); }
/// bf16 is the upper half of a float.
MINDIRD_INLINE void widen(const BFloat16* from, V16& to) {
  to = reinterpret_cast<V16>(__builtin_convertvector(*reinterpret_cast<const U16x16*>(from), U32x16) << 16U);
}

/// What the sums go to.
using Target = DenseData<float>;

/// The last columns of a matrix, fewer than a vector: by way of a whole vector on the side. Out of line, since it is rare and long.
__attribute__((noinline)) void store_tail(const DenseShape& s, const Target& d, const Epilogue& e, int64_t row, int64_t column, const V16* sums) {
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
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) widen(w + v * kLanes, b[v]);
#pragma GCC unroll 6
    for (int r = 0; r < Rows; ++r) {
      const float a = d.x[r * s.depth + k];
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
  const Target target{d.x, nullptr, d.bias, d.residual, d.y};
#pragma GCC unroll 1
  for (int i = 0; i < Rows * Vectors; ++i) store(s, target, e, i / Vectors, c.first + i % Vectors * kLanes, results[i]);
}

template <int Rows, class Weight>
MINDIRD_INLINE void panels(const DenseShape& s, const DenseData<Weight>& d, const Epilogue& e, int64_t first, int64_t last) {
  for (int64_t p = first; p < last; ++p) {
    const Weight* w = d.weights + p * s.panel_stride;
    const int64_t begin = p * s.width;
    const int64_t used = std::min(s.width, s.columns - begin);
    int64_t i = 0;
    for (; i + 3 * kLanes < used && i + 4 * kLanes <= s.width; i += 4 * kLanes) part<Rows, 4, Weight>(s, d, e, {begin + i, w + i});
    for (; i < used; i += kLanes) part<Rows, 1, Weight>(s, d, e, {begin + i, w + i});
  }
}

MINDIRD_CLONES void rows1(const DenseShape& s, const DenseData<float>& d, const Epilogue& e, int64_t f, int64_t l) { panels<1>(s, d, e, f, l); }
MINDIRD_CLONES void rows2(const DenseShape& s, const DenseData<float>& d, const Epilogue& e, int64_t f, int64_t l) { panels<2>(s, d, e, f, l); }
MINDIRD_CLONES void rows3(const DenseShape& s, const DenseData<float>& d, const Epilogue& e, int64_t f, int64_t l) { panels<3>(s, d, e, f, l); }
MINDIRD_CLONES void rows4(const DenseShape& s, const DenseData<float>& d, const Epilogue& e, int64_t f, int64_t l) { panels<4>(s, d, e, f, l); }
MINDIRD_CLONES void rows5(const DenseShape& s, const DenseData<float>& d, const Epilogue& e, int64_t f, int64_t l) { panels<5>(s, d, e, f, l); }
MINDIRD_CLONES void rows6(const DenseShape& s, const DenseData<float>& d, const Epilogue& e, int64_t f, int64_t l) { panels<6>(s, d, e, f, l); }
MINDIRD_CLONES void rows1_bf16(const DenseShape& s, const DenseData<BFloat16>& d, const Epilogue& e, int64_t f, int64_t l) { panels<1>(s, d, e, f, l); }
MINDIRD_CLONES void rows2_bf16(const DenseShape& s, const DenseData<BFloat16>& d, const Epilogue& e, int64_t f, int64_t l) { panels<2>(s, d, e, f, l); }
MINDIRD_CLONES void rows3_bf16(const DenseShape& s, const DenseData<BFloat16>& d, const Epilogue& e, int64_t f, int64_t l) { panels<3>(s, d, e, f, l); }
MINDIRD_CLONES void rows4_bf16(const DenseShape& s, const DenseData<BFloat16>& d, const Epilogue& e, int64_t f, int64_t l) { panels<4>(s, d, e, f, l); }
MINDIRD_CLONES void rows5_bf16(const DenseShape& s, const DenseData<BFloat16>& d, const Epilogue& e, int64_t f, int64_t l) { panels<5>(s, d, e, f, l); }
MINDIRD_CLONES void rows6_bf16(const DenseShape& s, const DenseData<BFloat16>& d, const Epilogue& e, int64_t f, int64_t l) { panels<6>(s, d, e, f, l); }

template <class Weight>
using Kernel = void (*)(const DenseShape&, const DenseData<Weight>&, const Epilogue&, int64_t, int64_t);
constexpr Kernel<float> kKernels[kMaxDenseRows] = {rows1, rows2, rows3, rows4, rows5, rows6};
constexpr Kernel<BFloat16> kBf16Kernels[kMaxDenseRows] = {rows1_bf16, rows2_bf16, rows3_bf16, rows4_bf16, rows5_bf16, rows6_bf16};

}  // namespace

template <>
void dense_panels(const DenseShape& shape, const DenseData<float>& data, const Epilogue& epilogue, int64_t first, int64_t last) {
  kKernels[shape.rows - 1](shape, data, epilogue, first, last);
}

template <>
void dense_panels(const DenseShape& shape, const DenseData<BFloat16>& data, const Epilogue& epilogue, int64_t first, int64_t last) {
  kBf16Kernels[shape.rows - 1](shape, data, epilogue, first, last);
}

}  // namespace mindird::engines::cpu
