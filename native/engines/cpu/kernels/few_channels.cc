#include "engines/cpu/kernels/few_channels.h"

#include <algorithm>
#include <cstring>

namespace mindird::engines::cpu {
namespace {

/// Pixels that stay in registers.
constexpr int64_t kMostPixels = 14;

template <int Lanes>
struct Channels {
  typedef V16 Vector;
};
template <>
struct Channels<8> {
  typedef float Vector __attribute__((vector_size(32), aligned(4), may_alias));
};

/// One row of the output and what of the kernel lies inside the image there.
struct Row {
  const float* x;        // first row of the image under the kernel, which may lie before it
  const float* weights;  // of the vector of channels
  const float* bias;
  float* y;                     // first pixel's first channel of the vector
  int64_t first_tap, last_tap;  // rows of the kernel
  int64_t used;                 // channels of the vector
  bool alone;                   // no other vector of the same pixel
};

/// `count` channels of pixels [column, column + pixels), activated; whole vectors where what they write beyond is written later.
template <int Lanes>
MINDIRD_INLINE void store_pixels(const FewChannelsShape& s, const Row& row, const float* values, int64_t column, int64_t pixels) {
  float* to = row.y + column * s.out_channels;
  const int64_t spill = (Lanes + s.out_channels - 1) / s.out_channels;
  for (int64_t p = 0; p < pixels; ++p, to += s.out_channels, values += Lanes) {
    if (row.used == Lanes || (row.alone && column + p + spill <= s.out_width)) {
      std::memcpy(to, values, Lanes * sizeof(float));
    } else {
      for (int64_t c = 0; c < row.used; ++c) to[c] = values[c];
    }
  }
}

/// Pixels from `column` on, of whose kernels the columns [left, right) lie inside the image. `Stride`: that of the width; 0: any.
template <int Lanes, bool Plain, int Stride, int Pixels>
MINDIRD_INLINE void convolve_block(const FewChannelsShape& s, const Row& row, const Epilogue& e, int64_t column, int64_t left, int64_t right) {
  using Vector = typename Channels<Lanes>::Vector;
  Vector sums[Pixels];
#pragma GCC unroll 14
  for (int p = 0; p < Pixels; ++p) sums[p] = *reinterpret_cast<const Vector*>(row.bias);
  const int64_t channels = Plain ? 1 : s.in_channels;
  const int64_t planes = Plain ? s.in_channels : 1;
  const int64_t step = (Stride > 0 ? Stride : s.stride_width) * channels;
  const int64_t per_row = s.kernel_width * channels;
  for (int64_t k = row.first_tap; k < row.last_tap; ++k) {
    for (int64_t plane = 0; plane < planes; ++plane) {
      const float* x = row.x + (plane * s.height + k) * s.width * channels + (column * s.stride_width - s.pad_left) * channels;
      const float* w = row.weights + (k * planes + plane) * per_row * Lanes;
      for (int64_t t = left * channels; t < right * channels; ++t) {
        const Vector weight = *reinterpret_cast<const Vector*>(w + t * Lanes);
#pragma GCC unroll 14
        for (int p = 0; p < Pixels; ++p) sums[p] += weight * x[p * step + t];
      }
    }
  }
  if constexpr (Lanes == 16) {
    if (row.used == Lanes) {
      float* to = row.y + column * s.out_channels;
#pragma GCC unroll 14
      for (int p = 0; p < Pixels; ++p) {
        activate(sums[p], e);
        std::memcpy(to + p * s.out_channels, &sums[p], sizeof sums[p]);
      }
      return;
    }
  }
  // As vectors of 16, whatever the channels are.
  constexpr int kWhole = (Pixels * Lanes + 15) / 16 * 16;
  float values[kWhole] = {};
  std::memcpy(values, sums, sizeof sums);
  for (int i = 0; i < kWhole; i += 16) activate(*reinterpret_cast<V16*>(values + i), e);
  store_pixels<Lanes>(s, row, values, column, Pixels);
}

/// A block whose kernels lie inside the image from left to right.
template <int Lanes, bool Plain, int Stride>
MINDIRD_INLINE void convolve_inside(const FewChannelsShape& s, const Row& row, const Epilogue& e, int64_t column, int64_t pixels) {
  switch (pixels) {
    case 1: return convolve_block<Lanes, Plain, Stride, 1>(s, row, e, column, 0, s.kernel_width);
    case 2: return convolve_block<Lanes, Plain, Stride, 2>(s, row, e, column, 0, s.kernel_width);
    case 3: return convolve_block<Lanes, Plain, Stride, 3>(s, row, e, column, 0, s.kernel_width);
    case 4: return convolve_block<Lanes, Plain, Stride, 4>(s, row, e, column, 0, s.kernel_width);
    case 5: return convolve_block<Lanes, Plain, Stride, 5>(s, row, e, column, 0, s.kernel_width);
    case 6: return convolve_block<Lanes, Plain, Stride, 6>(s, row, e, column, 0, s.kernel_width);
    case 7: return convolve_block<Lanes, Plain, Stride, 7>(s, row, e, column, 0, s.kernel_width);
    case 8: return convolve_block<Lanes, Plain, Stride, 8>(s, row, e, column, 0, s.kernel_width);
    case 9: return convolve_block<Lanes, Plain, Stride, 9>(s, row, e, column, 0, s.kernel_width);
    case 10: return convolve_block<Lanes, Plain, Stride, 10>(s, row, e, column, 0, s.kernel_width);
    case 11: return convolve_block<Lanes, Plain, Stride, 11>(s, row, e, column, 0, s.kernel_width);
    case 12: return convolve_block<Lanes, Plain, Stride, 12>(s, row, e, column, 0, s.kernel_width);
    case 13: return convolve_block<Lanes, Plain, Stride, 13>(s, row, e, column, 0, s.kernel_width);
    case 14: return convolve_block<Lanes, Plain, Stride, 14>(s, row, e, column, 0, s.kernel_width);
    default: return;
  }
}

template <int Lanes, bool Plain, int Stride>
MINDIRD_INLINE void convolve_row(const FewChannelsShape& s, const Row& row, const Epilogue& e) {
  const auto edge = [&](int64_t column) {
    const int64_t begin = column * s.stride_width - s.pad_left;
    convolve_block<Lanes, Plain, Stride, 1>(s, row, e, column, std::max<int64_t>(0, -begin), std::min(s.kernel_width, s.width - begin));
  };
  // Columns whose kernels lie inside: from the first that begins at or behind 0 to the last that ends at or before the width.
  const int64_t inside = std::min((s.pad_left + s.stride_width - 1) / s.stride_width, s.out_width);
  const int64_t room = s.width + s.pad_left - s.kernel_width;
  const int64_t end = room < 0 ? inside : std::clamp(room / s.stride_width + 1, inside, s.out_width);
  for (int64_t c = 0; c < inside; ++c) edge(c);
  // Equal shares, so that no block has only a pixel or two.
  const int64_t blocks = (end - inside + kMostPixels - 1) / kMostPixels;
  for (int64_t i = 0; i < blocks; ++i) {
    const int64_t from = inside + (end - inside) * i / blocks;
    convolve_inside<Lanes, Plain, Stride>(s, row, e, from, inside + (end - inside) * (i + 1) / blocks - from);
  }
  for (int64_t c = end; c < s.out_width; ++c) edge(c);
}

template <int Lanes, bool Plain, int Stride>
MINDIRD_INLINE void convolve_rows(const FewChannelsShape& s, const FewChannelsData& d, const Epilogue& e, int64_t first, int64_t last) {
  const int64_t vectors = s.vectors();
  for (int64_t r = first; r < last; ++r) {
    const int64_t top = r % s.out_height * s.stride_height - s.pad_top;
    Row row{};
    row.x = d.x + (r / s.out_height * s.height * s.in_channels + top * s.interleaved()) * s.width;
    row.first_tap = std::max<int64_t>(0, -top);
    row.last_tap = std::min(s.kernel_height, s.height - top);
    row.alone = vectors == 1;
    for (int64_t v = 0; v < vectors; ++v) {
      row.weights = d.weights + v * s.taps() * Lanes;
      row.bias = d.weights + vectors * s.taps() * Lanes + v * Lanes;
      row.y = d.y + r * s.out_width * s.out_channels + v * Lanes;
      row.used = std::min<int64_t>(Lanes, s.out_channels - v * Lanes);
      convolve_row<Lanes, Plain, Stride>(s, row, e);
    }
  }
}

#define MINDIRD_ROWS(name, lanes, plain, stride)                                                                                  \
  MINDIRD_CLONES void name(const FewChannelsShape& s, const FewChannelsData& d, const Epilogue& e, int64_t first, int64_t last) { \
    convolve_rows<lanes, plain, stride>(s, d, e, first, last);                                                                    \
  }
MINDIRD_ROWS(rows_of_8, 8, false, 0)
MINDIRD_ROWS(rows_of_16, 16, false, 0)
MINDIRD_ROWS(plain_rows_of_8, 8, true, 0)
MINDIRD_ROWS(plain_rows_of_16, 16, true, 0)
/// As mobile networks begin: the places of a block's pixels are then constants.
MINDIRD_ROWS(every_second_of_16, 16, true, 2)
#undef MINDIRD_ROWS

}  // namespace

void pack_few_channels(const FewChannelsShape& s, const float* weights, const float* bias, float* out) {
  const int64_t lanes = s.lanes();
  const int64_t inner = s.interleaved();
  std::fill_n(out, s.weight_floats(), 0.0F);
  float* biases = out + s.vectors() * lanes * s.taps();
  for (int64_t o = 0; o < s.out_channels; ++o) {
    float* vector = out + o / lanes * lanes * s.taps() + o % lanes;
    for (int64_t i = 0; i < s.in_channels; ++i) {
      for (int64_t h = 0; h < s.kernel_height; ++h) {
        for (int64_t w = 0; w < s.kernel_width; ++w) {
          const int64_t tap = ((h * s.planes() + i / inner) * s.kernel_width + w) * inner + i % inner;
          vector[tap * lanes] = weights[((o * s.in_channels + i) * s.kernel_height + h) * s.kernel_width + w];
        }
      }
    }
    if (bias) biases[o] = bias[o];
  }
}

void convolve_few_channels(const FewChannelsShape& shape, const FewChannelsData& data, const Epilogue& epilogue, int64_t first, int64_t last) {
  // Of one channel plain is channels last, whose loop is the shorter one.
  const bool plain = shape.planes() > 1;
  auto* rows = plain ? plain_rows_of_16 : rows_of_16;
  if (shape.lanes() == 8) rows = plain ? plain_rows_of_8 : rows_of_8;
  if (shape.lanes() == kLanes && plain && shape.stride_width == 2) rows = every_second_of_16;
  rows(shape, data, epilogue, first, last);
}

}  // namespace mindird::engines::cpu
