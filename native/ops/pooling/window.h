// What convolutions and pooling share: checks of their window attributes, output sizes, and the geometry of up to three
// spatial dims (missing ones in front have size 1).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "base/status.h"
#include "ops/support.h"
#include "tensor/tensor.h"

namespace mindird::ops {

struct WindowAttributes {
  std::span<const int64_t> kernel;
  std::span<const int64_t> stride;
  std::span<const int64_t> dilation;
  std::span<const int64_t> pad_begin;
  std::span<const int64_t> pad_end;
};

/// Checks counts and ranges of the lists for `spatial` dims.
Status expect_window(const WindowAttributes& w, size_t spatial);
/// Number of windows along dim d of size `in`.
Result<int64_t> window_count(const WindowAttributes& w, size_t d, int64_t in, bool ceil_mode);
/// Size along dim d of the output of a transposed convolution over `in` elements.
Result<int64_t> transposed_size(const WindowAttributes& w, size_t d, int64_t in, int64_t output_padding);

using Triple = std::array<int64_t, 3>;

/// The last values.size() entries of a triple; the ones in front are `fill`.
Triple to_triple(std::span<const int64_t> values, int64_t fill);
/// Spatial dims of a tensor shape [N,C,spatial…].
inline Triple spatial_triple(const Shape& shape) { return to_triple(shape.dims().subspan(2), 1); }
inline int64_t volume(const Triple& t) { return t[0] * t[1] * t[2]; }

struct Range {
  int64_t begin;
  int64_t end;
};

/// All i in [low, high) with 0 <= i * step + offset < size; step > 0.
inline Range positions_inside(int64_t step, int64_t offset, int64_t size, int64_t low, int64_t high) {
  const int64_t first = offset >= 0 ? 0 : (-offset + step - 1) / step;
  const int64_t last = size - 1 - offset;
  const int64_t end = last < 0 ? 0 : last / step + 1;
  return {std::max(low, first), std::min(high, end)};
}

/// Columns computed at a time, so that their sums fit on the stack.
inline constexpr int64_t kColumns = 256;

}  // namespace mindird::ops
