#include <algorithm>

#include "engines/cpu/kernels/winograd.h"

namespace mindird::engines::cpu {
namespace {

struct TilePlace {
  int64_t image, row, column;  // row and column of the first output
};

MINDIRD_INLINE TilePlace locate(const WinogradShape& s, int64_t index) {
  const int64_t per_image = s.tile_rows() * s.tile_columns();
  const int64_t inside = index % per_image;
  return {index / per_image, inside / s.tile_columns() * s.outputs(), inside % s.tile_columns() * s.outputs()};
}

/// o = B' d for six values `step` apart.
MINDIRD_INLINE void input_line(const V16* d, int step, V16* o, int out_step) {
  const V16 d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
  const V16 even = d4 - 4.0F * d2;
  const V16 odd = d3 - 4.0F * d1;
  const V16 near = d4 - d2;
  const V16 far = 2.0F * (d3 - d1);
  o[0] = 4.0F * d0 - 5.0F * d2 + d4;
  o[out_step] = even + odd;
  o[2 * out_step] = even - odd;
  o[3 * out_step] = near + far;
  o[4 * out_step] = near - far;
  o[5 * out_step] = 4.0F * d1 - 5.0F * d3 + d5;
}

/// The same for four values.
MINDIRD_INLINE void input_line4(const V16* d, int step, V16* o, int out_step) {
  const V16 d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step];
  o[0] = d0 - d2;
  o[out_step] = d1 + d2;
  o[2 * out_step] = d2 - d1;
  o[3 * out_step] = d1 - d3;
}

/// o = A' m: four values of six.
MINDIRD_INLINE void output_line(const V16* m, int step, V16* o, int out_step) {
  const V16 sum = m[step] + m[2 * step];
  const V16 difference = m[step] - m[2 * step];
  const V16 outer_sum = m[3 * step] + m[4 * step];
  const V16 outer_difference = m[3 * step] - m[4 * step];
  o[0] = m[0] + sum + outer_sum;
  o[out_step] = difference + 2.0F * outer_difference;
  o[2 * out_step] = sum + 4.0F * outer_sum;
  o[3 * out_step] = difference + 8.0F * outer_difference + m[5 * step];
}

/// Two values of six.
MINDIRD_INLINE void output_line2(const V16* m, int step, V16* o, int out_step) {
  o[0] = m[0] + (m[step] + m[2 * step]) + (m[3 * step] + m[4 * step]);
  o[out_step] = (m[step] - m[2 * step]) + 2.0F * (m[3 * step] - m[4 * step]) + m[5 * step];
}

/// Two values of four.
MINDIRD_INLINE void output_line2_of4(const V16* m, int step, V16* o, int out_step) {
  o[0] = m[0] + m[step] + m[2 * step];
  o[out_step] = m[step] - m[2 * step] - m[3 * step];
}

template <int Tile>
MINDIRD_INLINE void load_tile(const WinogradShape& s, const float* x, const TilePlace& t, int64_t channel, V16* d) {
  const int64_t top = t.row - s.pad_top;
  const int64_t left = t.column - s.pad_left;
  const float* image = x + t.image * s.height * s.width * s.in_channels + channel;
  const bool inside = top >= 0 && left >= 0 && top + Tile <= s.height && left + Tile <= s.width;
  for (int64_t i = 0; i < Tile; ++i) {
    const float* line = image + ((top + i) * s.width + left) * s.in_channels;
    for (int64_t j = 0; j < Tile; ++j) {
      const bool real = inside || (top + i >= 0 && top + i < s.height && left + j >= 0 && left + j < s.width);
      d[i * Tile + j] = real ? *reinterpret_cast<const V16*>(line + j * s.in_channels) : V16{};
    }
  }
}

template <int Outputs>
MINDIRD_INLINE void store_tile(const WinogradShape& s, const WinogradData& data, const Epilogue& e, const TilePlace& t, int64_t channel, const V16* o) {
  const V16 bias = data.bias ? *reinterpret_cast<const V16*>(data.bias + channel) : V16{};
  const int64_t rows = std::min<int64_t>(Outputs, s.out_height - t.row);
  const int64_t columns = std::min<int64_t>(Outputs, s.out_width - t.column);
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t at = ((t.image * s.out_height + t.row + i) * s.out_width + t.column) * s.out_channels + channel;
    for (int64_t j = 0; j < columns; ++j) {
      V16 v = o[i * Outputs + j] + bias;
      if (data.residual) v += *reinterpret_cast<const V16*>(data.residual + at + j * s.out_channels);
      activate(v, e);
      *reinterpret_cast<V16*>(data.y + at + j * s.out_channels) = v;
    }
  }
}

template <int Tile>
MINDIRD_INLINE void transform_inputs(const WinogradShape& s, const WinogradData& data, const WinogradChunk& chunk, int64_t begin, int64_t end) {
  const int64_t plane = s.v_plane();
  for (int64_t t = begin; t < end; ++t) {
    const TilePlace tile = locate(s, chunk.first + t);
    float* v = data.scratch + t * s.in_channels;
    for (int64_t c = 0; c < s.in_channels; c += kLanes) {
      V16 d[Tile * Tile], b[Tile * Tile];
      load_tile<Tile>(s, data.x, tile, c, d);
#pragma GCC unroll 6
      for (int j = 0; j < Tile; ++j) Tile == 6 ? input_line(d + j, Tile, b + j, Tile) : input_line4(d + j, Tile, b + j, Tile);
#pragma GCC unroll 6
      for (int i = 0; i < Tile; ++i) Tile == 6 ? input_line(b + i * Tile, 1, d + i * Tile, 1) : input_line4(b + i * Tile, 1, d + i * Tile, 1);
      for (int64_t p = 0; p < Tile * Tile; ++p) *reinterpret_cast<V16*>(v + p * plane + c) = d[p];
    }
  }
}

template <int Tile, int Outputs>
MINDIRD_INLINE void output_values(const V16* m, int step, V16* o, int out_step) {
  if constexpr (Outputs == 4) {
    output_line(m, step, o, out_step);
  } else if constexpr (Tile == 6) {
    output_line2(m, step, o, out_step);
  } else {
    output_line2_of4(m, step, o, out_step);
  }
}

template <int Tile, int Outputs>
MINDIRD_INLINE void transform_outputs(const WinogradShape& s, const WinogradData& data, const WinogradChunk& chunk, const Epilogue& epilogue, int64_t begin,
                                      int64_t end) {
  const int64_t plane = s.m_plane();
  const float* planes = data.scratch + s.points() * s.v_plane();
  for (int64_t t = begin; t < end; ++t) {
    const TilePlace tile = locate(s, chunk.first + t);
    const float* m = planes + t * s.out_channels;
    for (int64_t c = 0; c < s.out_channels; c += kLanes) {
      V16 d[Tile * Tile], half[Outputs * Tile], o[Outputs * Outputs];
      for (int64_t p = 0; p < Tile * Tile; ++p) d[p] = *reinterpret_cast<const V16*>(m + p * plane + c);
#pragma GCC unroll 6
      for (int j = 0; j < Tile; ++j) output_values<Tile, Outputs>(d + j, Tile, half + j, Tile);
#pragma GCC unroll 4
      for (int i = 0; i < Outputs; ++i) output_values<Tile, Outputs>(half + i * Tile, 1, o + i * Outputs, 1);
      store_tile<Outputs>(s, data, epilogue, tile, c, o);
    }
  }
}

MINDIRD_CLONES void inputs6(const WinogradShape& s, const WinogradData& d, const WinogradChunk& c, int64_t b, int64_t e) { transform_inputs<6>(s, d, c, b, e); }
MINDIRD_CLONES void inputs4(const WinogradShape& s, const WinogradData& d, const WinogradChunk& c, int64_t b, int64_t e) { transform_inputs<4>(s, d, c, b, e); }
MINDIRD_CLONES void outputs6to4(const WinogradShape& s, const WinogradData& d, const WinogradChunk& c, const Epilogue& a, int64_t b, int64_t e) {
  transform_outputs<6, 4>(s, d, c, a, b, e);
}
MINDIRD_CLONES void outputs6to2(const WinogradShape& s, const WinogradData& d, const WinogradChunk& c, const Epilogue& a, int64_t b, int64_t e) {
  transform_outputs<6, 2>(s, d, c, a, b, e);
}
MINDIRD_CLONES void outputs4to2(const WinogradShape& s, const WinogradData& d, const WinogradChunk& c, const Epilogue& a, int64_t b, int64_t e) {
  transform_outputs<4, 2>(s, d, c, a, b, e);
}

}  // namespace

void winograd_input(const WinogradShape& s, const WinogradData& data, const WinogradChunk& chunk, int64_t begin, int64_t end) {
  (s.tile == 6 ? inputs6 : inputs4)(s, data, chunk, begin, end);
}

void winograd_output(const WinogradShape& s, const WinogradData& data, const WinogradChunk& chunk, const Epilogue& epilogue, int64_t begin, int64_t end) {
  (s.tile == 4 ? outputs4to2 : s.kernel == 5 ? outputs6to2 : outputs6to4)(s, data, chunk, epilogue, begin, end);
}

}  // namespace mindird::engines::cpu
