#include "engines/cpu/kernels/dense_blocks.h"

#include "engines/cpu/kernels/dense_part.h"
#include "engines/cpu/kernels/gelu.h"

namespace mindird::engines::cpu {
namespace {

constexpr int kVectors = kBlockColumns / kLanes;
/// Rows in registers, and those that pass a panel before the next one comes.
constexpr int64_t kMostRows = 6;
constexpr int64_t kMostChunk = 128;
/// Lines of a panel that stay in a near cache, a quarter of a MiB.
constexpr int64_t kMostDepth = 1024;

int64_t pieces(int64_t count, int64_t most) { return (count + most - 1) / most; }

/// Where the i-th of equal pieces begins.
int64_t share(int64_t count, int64_t parts, int64_t i) { return count * i / parts; }

/// One panel and what of its depth is multiplied now.
struct Part {
  const float* weights;
  int64_t column;  // first
  int64_t first, last;
};

struct Work {
  const DenseShape& shape;
  const DenseData<float>& data;
  const Epilogue& epilogue;
  bool gelu;
};

/// Adds a tensor to the sums: its row r begins `stride` behind the one before it.
template <int Rows>
MINDIRD_INLINE void add(float* sums, const float* from, int64_t stride) {
#pragma GCC unroll 1
  for (int r = 0; r < Rows; ++r, sums += kBlockColumns, from += stride) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) *reinterpret_cast<V16*>(sums + v * kLanes) += *reinterpret_cast<const V16*>(from + v * kLanes);
  }
}

template <int Rows>
MINDIRD_INLINE void finish(const Work& work, float* sums, int64_t at, int64_t column) {
  if (work.data.bias) add<Rows>(sums, work.data.bias + column, 0);
  if (work.data.residual) add<Rows>(sums, work.data.residual + at, work.shape.columns);
  if (work.epilogue.activation != Activation::kNone) {
#pragma GCC unroll 1
    for (int i = 0; i < Rows * kVectors; ++i) activate(*reinterpret_cast<V16*>(sums + i * kLanes), work.epilogue);
  }
  if (work.gelu) gelu(sums, Rows * kBlockColumns);
}

/// Rows [row, row + Rows) times a part of a whole panel, added to what the parts before it gave.
template <int Rows>
MINDIRD_INLINE void multiply_block(const Work& work, const Part& part, int64_t row) {
  const DenseShape& s = work.shape;
  const int64_t at = row * s.columns + part.column;
  float* y = work.data.y + at;
  V16 sums[Rows][kVectors] = {};
  if (part.first > 0) {
#pragma GCC unroll 6
    for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums[r][v] = *reinterpret_cast<const V16*>(y + r * s.columns + v * kLanes);
    }
  }
  const float* x = work.data.x + row * s.depth;
  const float* w = part.weights + part.first * kBlockColumns;
  for (int64_t k = part.first; k < part.last; ++k, w += kBlockColumns) {
    V16 weights[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) weights[v] = *reinterpret_cast<const V16*>(w + v * kLanes);
#pragma GCC unroll 6
    for (int r = 0; r < Rows; ++r) {
      const float factor = x[r * s.depth + k];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums[r][v] += weights[v] * factor;
    }
  }
  // By way of memory, so that the epilogue is compiled once and not for every register.
  float values[Rows * kBlockColumns];
#pragma GCC unroll 6
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) *reinterpret_cast<V16*>(values + r * kBlockColumns + v * kLanes) = sums[r][v];
  }
  if (part.last == s.depth) finish<Rows>(work, values, at, part.column);
  for (int r = 0; r < Rows; ++r) std::memcpy(y + r * s.columns, values + r * kBlockColumns, kBlockColumns * sizeof(float));
}

/// The last panel where it is cut: as few rows are multiplied, the depth in one piece.
template <int Rows>
MINDIRD_INLINE void multiply_cut(const Work& work, const Part& part, int64_t row) {
  DenseShape shape = work.shape;
  shape.rows = Rows;
  DenseData<float> data = work.data;
  data.x += row * shape.depth;
  data.y += row * shape.columns;
  if (data.residual) data.residual += row * shape.columns;
  const int64_t panel = part.column / kBlockColumns;
  dense::panels<Rows>(shape, data, work.epilogue, panel, panel + 1);
  if (!work.gelu) return;
  for (int r = 0; r < Rows; ++r) gelu(data.y + r * shape.columns + part.column, shape.columns - part.column);
}

#define MINDIRD_BLOCK(name, rows)                                             \
  MINDIRD_CLONES void name(const Work& work, const Part& part, int64_t row) { \
    if (part.column + kBlockColumns > work.shape.columns) {                   \
      multiply_cut<rows>(work, part, row);                                    \
    } else {                                                                  \
      multiply_block<rows>(work, part, row);                                  \
    }                                                                         \
  }
MINDIRD_BLOCK(block_of_1, 1)
MINDIRD_BLOCK(block_of_2, 2)
MINDIRD_BLOCK(block_of_3, 3)
MINDIRD_BLOCK(block_of_4, 4)
MINDIRD_BLOCK(block_of_5, 5)
MINDIRD_BLOCK(block_of_6, 6)
#undef MINDIRD_BLOCK

constexpr decltype(&block_of_1) kBlocks[kMostRows] = {block_of_1, block_of_2, block_of_3, block_of_4, block_of_5, block_of_6};

/// Rows [first, last) times one panel.
void multiply_panel(const Work& work, int64_t panel, int64_t first, int64_t last) {
  const DenseShape& s = work.shape;
  const int64_t column = panel * kBlockColumns;
  const int64_t parts = column + kBlockColumns > s.columns ? 1 : pieces(s.depth, kMostDepth);
  const int64_t blocks = pieces(last - first, kMostRows);
  for (int64_t p = 0; p < parts; ++p) {
    const Part part{work.data.weights + panel * s.panel_stride, column, share(s.depth, parts, p), share(s.depth, parts, p + 1)};
    for (int64_t b = 0; b < blocks; ++b) {
      const int64_t row = first + share(last - first, blocks, b);
      kBlocks[first + share(last - first, blocks, b + 1) - row - 1](work, part, row);
    }
  }
}

}  // namespace

int64_t dense_block_units(const DenseShape& s) { return pieces(s.rows, kMostChunk) * pieces(s.columns, kBlockColumns); }

void dense_blocks(const DenseShape& shape, const DenseData<float>& data, const Epilogue& epilogue, bool gelu, int64_t first, int64_t last) {
  const Work work{shape, data, epilogue, gelu};
  const int64_t panels = pieces(shape.columns, kBlockColumns);
  const int64_t chunks = pieces(shape.rows, kMostChunk);
  for (int64_t unit = first; unit < last; ++unit) {
    const int64_t chunk = unit / panels;
    multiply_panel(work, unit % panels, share(shape.rows, chunks, chunk), share(shape.rows, chunks, chunk + 1));
  }
}

}  // namespace mindird::engines::cpu
