// The matrix products of Winograd's algorithm: blocks of up to 12 tiles by a panel of 32 channels stay in registers over the whole depth.
#include <algorithm>
#include <cstddef>

#include "engines/cpu/kernels/winograd.h"

namespace mindird::engines::cpu {
namespace {

constexpr int64_t kBlockRows = 12;

struct Product {
  const float* a;  // [rows][depth]
  const float* b;  // [depth][16 * vectors]
  float* c;        // rows `columns` apart
  int64_t depth;
  int64_t columns;
};

template <int Rows, int Vectors>
MINDIRD_INLINE void block(const Product& p) {
  V16 sums[Rows][Vectors] = {};
  const float* b = p.b;
  for (int64_t k = 0; k < p.depth; ++k, b += Vectors * kLanes) {
    V16 line[Vectors];
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) line[v] = *reinterpret_cast<const V16*>(b + v * kLanes);
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) {
      const float a = p.a[r * p.depth + k];
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) sums[r][v] += line[v] * a;
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) *reinterpret_cast<V16*>(p.c + r * p.columns + v * kLanes) = sums[r][v];
  }
}

template <int Rows>
MINDIRD_INLINE void block_of(const Product& p, int64_t width) {
  if (width == kWinogradPanel) {
    block<Rows, 2>(p);
  } else {
    block<Rows, 1>(p);
  }
}

MINDIRD_CLONES void rows1(const Product& p, int64_t width) { block_of<1>(p, width); }
MINDIRD_CLONES void rows2(const Product& p, int64_t width) { block_of<2>(p, width); }
MINDIRD_CLONES void rows3(const Product& p, int64_t width) { block_of<3>(p, width); }
MINDIRD_CLONES void rows4(const Product& p, int64_t width) { block_of<4>(p, width); }
MINDIRD_CLONES void rows5(const Product& p, int64_t width) { block_of<5>(p, width); }
MINDIRD_CLONES void rows6(const Product& p, int64_t width) { block_of<6>(p, width); }
MINDIRD_CLONES void rows7(const Product& p, int64_t width) { block_of<7>(p, width); }
MINDIRD_CLONES void rows8(const Product& p, int64_t width) { block_of<8>(p, width); }
MINDIRD_CLONES void rows9(const Product& p, int64_t width) { block_of<9>(p, width); }
MINDIRD_CLONES void rows10(const Product& p, int64_t width) { block_of<10>(p, width); }
MINDIRD_CLONES void rows11(const Product& p, int64_t width) { block_of<11>(p, width); }
MINDIRD_CLONES void rows12(const Product& p, int64_t width) { block_of<12>(p, width); }

using Kernel = void (*)(const Product&, int64_t);
constexpr Kernel kKernels[kBlockRows] = {rows1, rows2, rows3, rows4, rows5, rows6, rows7, rows8, rows9, rows10, rows11, rows12};

}  // namespace

void winograd_products(const WinogradShape& s, const WinogradData& data, const WinogradChunk& chunk, int64_t begin, int64_t end) {
  const int64_t weights = s.in_channels * s.out_channels;
  for (int64_t p = begin; p < end; ++p) {
    const float* v = data.scratch + p * s.v_plane();
    float* m = data.scratch + s.points() * s.v_plane() + p * s.m_plane();
    for (int64_t o = 0; o < s.out_channels; o += kWinogradPanel) {
      const int64_t width = std::min(kWinogradPanel, s.out_channels - o);
      // Equal shares, so that no block has only a row or two.
      const int64_t blocks = (chunk.count + kBlockRows - 1) / kBlockRows;
      for (int64_t i = 0; i < blocks; ++i) {
        const int64_t t = chunk.count * i / blocks;
        const int64_t rows = chunk.count * (i + 1) / blocks - t;
        kKernels[rows - 1]({v + t * s.in_channels, data.u + p * weights + o * s.in_channels, m + t * s.out_channels + o, s.in_channels, s.out_channels}, width);
      }
    }
  }
}

}  // namespace mindird::engines::cpu
