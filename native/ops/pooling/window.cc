#include "ops/pooling/window.h"

#include "base/checked.h"

namespace mindird::ops {
namespace {

/// Distance from the first to one past the last tap; fits because of kMaxWindowValue.
int64_t extent(const WindowAttributes& w, size_t d) { return w.dilation[d] * (w.kernel[d] - 1) + 1; }

}  // namespace

Status expect_window(const WindowAttributes& w, size_t spatial) {
  TRY(expect_count("kernel", w.kernel, spatial));
  TRY(expect_count("stride", w.stride, spatial));
  TRY(expect_count("dilation", w.dilation, spatial));
  TRY(expect_count("pad_begin", w.pad_begin, spatial));
  TRY(expect_count("pad_end", w.pad_end, spatial));
  TRY(expect_between("kernel", w.kernel, 1, kMaxWindowValue));
  TRY(expect_between("stride", w.stride, 1, kMaxWindowValue));
  TRY(expect_between("dilation", w.dilation, 1, kMaxWindowValue));
  TRY(expect_between("pad_begin", w.pad_begin, 0, kMaxWindowValue));
  return expect_between("pad_end", w.pad_end, 0, kMaxWindowValue);
}

Result<int64_t> window_count(const WindowAttributes& w, size_t d, int64_t in, bool ceil_mode) {
  const auto padded = checked_add(in, w.pad_begin[d] + w.pad_end[d]);
  if (!padded || *padded < extent(w, d)) {
    return invalid_argument(str("spatial dim ", d, " has size ", in, " and padding ", w.pad_begin[d], " and ", w.pad_end[d], ", want at least the ",
                                extent(w, d), " under the window"));
  }
  const int64_t room = *padded - extent(w, d);
  const int64_t stride = w.stride[d];
  int64_t count = room / stride + 1;
  // The extra window of ceil_mode counts only when it starts before the end padding.
  if (ceil_mode && room % stride != 0 && count <= (in + w.pad_begin[d] - 1) / stride) ++count;
  return count;
}

Result<int64_t> transposed_size(const WindowAttributes& w, size_t d, int64_t in, int64_t output_padding) {
  const auto spread = checked_mul(in - 1, w.stride[d]);
  const auto size = spread ? checked_add(*spread, extent(w, d) + output_padding) : std::nullopt;
  const int64_t cut = w.pad_begin[d] + w.pad_end[d];
  if (in < 1 || !size || *size < cut) {
    return invalid_argument(str("spatial dim ", d, " of size ", in, " gives no output of a valid size"));
  }
  return *size - cut;
}

Triple to_triple(std::span<const int64_t> values, int64_t fill) {
  Triple out{fill, fill, fill};
  std::copy(values.begin(), values.end(), out.end() - static_cast<std::ptrdiff_t>(values.size()));
  return out;
}

}  // namespace mindird::ops
