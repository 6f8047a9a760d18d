// Strided copy: dims of size 1 go, neighbours that are one run in both views are merged, and the remaining loops run from the
// outermost dim inward. Two cases of the innermost loops are fast: runs contiguous on both sides (memcpy), and a
// transposition, where the source is contiguous along another dim than the destination: small square tiles keep both in cache.
#include "ops/movement/strided_copy.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "ops/indexing/support_index.h"

namespace mindird::ops {
namespace {

constexpr int64_t kTile = 16;

template <size_t N>
void copy_row(const std::byte* src, std::byte* dst, int64_t size, int64_t src_step, int64_t dst_step) {
  constexpr auto kBytes = static_cast<int64_t>(N);
  if (src_step == 1 && dst_step == 1) {
    std::memcpy(dst, src, static_cast<size_t>(size) * N);
    return;
  }
  for (int64_t i = 0; i < size; ++i) {
    std::memcpy(dst, src, N);
    src += src_step * kBytes;
    dst += dst_step * kBytes;
  }
}

}  // namespace

void StridedCopy::add_dim(int64_t size, int64_t src_stride, int64_t dst_stride) {
  if (size <= 0) empty_ = true;
  if (size > 1) dims_[count_++] = {size, src_stride, dst_stride};
}

void StridedCopy::merge_dims() {
  size_t kept = 0;
  for (size_t i = 1; i < count_; ++i) {
    Dim& outer = dims_[kept];
    const Dim& inner = dims_[i];
    if (outer.src == inner.src * inner.size && outer.dst == inner.dst * inner.size) {
      outer = {outer.size * inner.size, inner.src, inner.dst};
    } else {
      dims_[++kept] = inner;
    }
  }
  count_ = std::min(count_, kept + 1);
}

void StridedCopy::bring_contiguous_source_inward() {
  if (count_ < 2 || dims_[count_ - 1].src == 1) return;
  for (size_t i = 0; i + 1 < count_; ++i) {
    if (dims_[i].src == 1) {
      std::rotate(dims_.begin() + static_cast<std::ptrdiff_t>(i), dims_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                  dims_.begin() + static_cast<std::ptrdiff_t>(count_) - 1);
      return;
    }
  }
}

template <size_t N>
void StridedCopy::copy_level(size_t level, const std::byte* src, std::byte* dst) const {
  constexpr auto kBytes = static_cast<int64_t>(N);
  const Dim& d = dims_[level];
  if (level + 1 == count_) return copy_row<N>(src, dst, d.size, d.src, d.dst);
  if (level + 2 < count_ || dims_[level + 1].src == 1) {
    for (int64_t i = 0; i < d.size; ++i) copy_level<N>(level + 1, src + i * d.src * kBytes, dst + i * d.dst * kBytes);
    return;
  }
  const Dim& e = dims_[level + 1];
  for (int64_t i = 0; i < d.size; i += kTile) {
    const int64_t rows = std::min(kTile, d.size - i);
    for (int64_t j = 0; j < e.size; j += kTile) {
      const int64_t columns = std::min(kTile, e.size - j);
      const std::byte* from = src + (i * d.src + j * e.src) * kBytes;
      std::byte* to = dst + (i * d.dst + j * e.dst) * kBytes;
      for (int64_t r = 0; r < rows; ++r) copy_row<N>(from + r * d.src * kBytes, to + r * d.dst * kBytes, columns, e.src, e.dst);
    }
  }
}

void StridedCopy::run() {
  if (empty_) return;
  merge_dims();
  bring_contiguous_source_inward();
  if (count_ == 0) dims_[count_++] = {1, 1, 1};
  dispatch_element_size(dtype_, [&]<size_t N>() { copy_level<N>(0, src_, dst_); });
}

}  // namespace mindird::ops
