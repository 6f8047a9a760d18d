// Copies elements between two strided views of one shape: what Slice, Pad, Transpose, Expand, Tile and Reverse come down to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tensor/tensor.h"

namespace mindird::ops {

class StridedCopy {
 public:
  /// `src` and `dst` point at the element at position 0,…,0.
  StridedCopy(DType dtype, const std::byte* src, std::byte* dst) : dtype_(dtype), src_(src), dst_(dst) {}

  /// Adds a dim inside those added before; strides in elements. A source stride may be negative (reversed) or 0 (repeated);
  /// destination positions must be distinct.
  void add_dim(int64_t size, int64_t src_stride, int64_t dst_stride);

  void run();

 private:
  struct Dim {
    int64_t size;
    int64_t src;
    int64_t dst;
  };

  void merge_dims();
  void bring_contiguous_source_inward();
  template <size_t N>
  void copy_level(size_t level, const std::byte* src, std::byte* dst) const;

  DType dtype_;
  const std::byte* src_;
  std::byte* dst_;
  // Tile adds two dims per dim of its input.
  std::array<Dim, 2 * kMaxRank> dims_{};
  size_t count_ = 0;
  bool empty_ = false;
};

}  // namespace mindird::ops
