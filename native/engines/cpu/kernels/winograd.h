// 3x3 stride-1 convolution in channels-last memory by Winograd's F(4x4, 3x3) (Lavin and Gray, arXiv 1509.09308): a tile of 6x6 inputs
// gives 4x4 outputs through 36 products instead of 144.
//
//   tiles of x --B'dB--> v[36][tiles][ic] --36 matrix products with u[36][ic][oc]--> m[36][tiles][oc] --A'mA--> tiles of y
//
// Tiles are taken in chunks, so that v and m stay in a near cache. Every output element is computed by the same operations in the same
// order wherever its tile lies in the chunk.
#pragma once

#include "engines/cpu/kernels/epilogue.h"

namespace mindird::engines::cpu {

inline constexpr int64_t kWinogradPoints = 36;
/// Columns of a panel of u.
inline constexpr int64_t kWinogradPanel = 32;

struct WinogradShape {
  int64_t batch = 1;
  int64_t height = 0, width = 0;  // of x
  int64_t out_height = 0, out_width = 0;
  int64_t pad_top = 0, pad_left = 0;
  int64_t in_channels = 0, out_channels = 0;  // multiples of 16
  int64_t chunk = 48;                         // tiles at a time

  int64_t tile_rows() const { return (out_height + 3) / 4; }
  int64_t tile_columns() const { return (out_width + 3) / 4; }
  int64_t tiles() const { return batch * tile_rows() * tile_columns(); }
  /// Floats from one of the 36 planes to the next; the odd number of cache lines keeps the planes out of each other's cache sets.
  int64_t v_plane() const { return chunk * in_channels + kLanes; }
  int64_t m_plane() const { return chunk * out_channels + kLanes; }
  int64_t scratch_floats() const { return kWinogradPoints * (v_plane() + m_plane()); }
  int64_t weight_floats() const { return kWinogradPoints * in_channels * out_channels; }
};

struct WinogradData {
  const float* x = nullptr;
  const float* u = nullptr;
  const float* bias = nullptr;      // null: none
  const float* residual = nullptr;  // null: none; of y's shape and layout
  float* y = nullptr;
  float* scratch = nullptr;
};

/// Transforms weights [oc][ic][3][3] into panels of u: [36][oc / 32][ic][32], the last panel 16 wide when oc is an odd multiple of 16.
void winograd_weights(const WinogradShape& shape, const float* w, float* u);

/// The three phases over tiles [first, first + count) of a chunk; each splits its work into units that may run in parallel.
struct WinogradChunk {
  int64_t first = 0;
  int64_t count = 0;
};
/// Unit: one tile.
void winograd_input(const WinogradShape& shape, const WinogradData& data, const WinogradChunk& chunk, int64_t begin, int64_t end);
/// Unit: one of the 36 products.
void winograd_products(const WinogradShape& shape, const WinogradData& data, const WinogradChunk& chunk, int64_t begin, int64_t end);
/// Unit: one tile.
void winograd_output(const WinogradShape& shape, const WinogradData& data, const WinogradChunk& chunk, const Epilogue& epilogue, int64_t begin, int64_t end);

}  // namespace mindird::engines::cpu
