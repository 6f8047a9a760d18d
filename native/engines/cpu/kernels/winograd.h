// Stride-1 convolution in channels-last memory by Winograd's algorithms (Lavin and Gray, arXiv 1509.09308). A tile of 6x6 inputs gives through 36 products
// 4x4 outputs of a 3x3 kernel, which are 144 without, or 2x2 of a 5x5 kernel, which are 100. A tile of 4x4 inputs gives through 16 products 2x2 outputs of a
// 3x3 kernel: fewer of its weights have to be read, which decides on small images.
//
//   tiles of x --B'dB--> v[points][tiles][ic] --as many matrix products with u[points][ic][oc]--> m[points][tiles][oc] --A'mA--> tiles of y
//
// Tiles are taken in chunks, so that v and m stay in a near cache. Every output element is computed by the same operations in the same
// order wherever its tile lies in the chunk.
#pragma once

#include "engines/cpu/kernels/epilogue.h"

namespace mindird::engines::cpu {

/// Columns of a panel of u.
inline constexpr int64_t kWinogradPanel = 32;

struct WinogradShape {
  int64_t batch = 1;
  int64_t height = 0, width = 0;  // of x
  int64_t out_height = 0, out_width = 0;
  int64_t pad_top = 0, pad_left = 0;
  int64_t in_channels = 0, out_channels = 0;  // multiples of 16
  int64_t chunk = 48;                         // tiles at a time
  int64_t kernel = 3;                         // 3 or 5 a side
  int64_t tile = 6;                           // inputs a side; 4 with a kernel of 3 alone

  int64_t points() const { return tile * tile; }
  int64_t outputs() const { return tile + 1 - kernel; }  // of a tile, a side
  int64_t tile_rows() const { return (out_height + outputs() - 1) / outputs(); }
  int64_t tile_columns() const { return (out_width + outputs() - 1) / outputs(); }
  int64_t tiles() const { return batch * tile_rows() * tile_columns(); }
  /// Floats from one of the planes to the next; the odd number of cache lines keeps the planes out of each other's cache sets.
  int64_t v_plane() const { return chunk * in_channels + kLanes; }
  int64_t m_plane() const { return chunk * out_channels + kLanes; }
  int64_t scratch_floats() const { return points() * (v_plane() + m_plane()); }
  int64_t weight_floats() const { return points() * in_channels * out_channels; }
};

struct WinogradData {
  const float* x = nullptr;
  const float* u = nullptr;
  const float* bias = nullptr;      // null: none
  const float* residual = nullptr;  // null: none; of y's shape and layout
  float* y = nullptr;
  float* scratch = nullptr;
};

/// Transforms weights [oc][ic][kernel][kernel] into panels of u: [points][oc / 32][ic][32], the last panel 16 wide when oc is an odd multiple of 16.
void winograd_weights(const WinogradShape& shape, const float* w, float* u);

/// The three phases over tiles [first, first + count) of a chunk; each splits its work into units that may run in parallel.
struct WinogradChunk {
  int64_t first = 0;
  int64_t count = 0;
};
/// Unit: one tile.
void winograd_input(const WinogradShape& shape, const WinogradData& data, const WinogradChunk& chunk, int64_t begin, int64_t end);
/// Unit: one of the products.
void winograd_products(const WinogradShape& shape, const WinogradData& data, const WinogradChunk& chunk, int64_t begin, int64_t end);
/// Unit: one tile.
void winograd_output(const WinogradShape& shape, const WinogradData& data, const WinogradChunk& chunk, const Epilogue& epilogue, int64_t begin, int64_t end);

}  // namespace mindird::engines::cpu
