// Where the elements of a tensor lie: dims and strides in elements. Two layouts are usual: plain (row-major) and channels last
// (dim 1 innermost), in which convolutions, pools and matrix products run; views (transposed, sliced) are other strides.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace mindird::engines::cpu {

struct Layout {
  Shape dims;
  std::vector<int64_t> strides;

  static Layout plain(const Shape& dims);
  /// N,spatial…,C in memory; plain for ranks below 3.
  static Layout channels_last(const Shape& dims);
  /// The dims in memory order `order` (outermost first), dense.
  static Layout dense(const Shape& dims, const std::vector<size_t>& order);

  /// Same positions for all elements: strides of dims of size 1 do not matter.
  bool operator==(const Layout& other) const;
  bool is_plain() const { return *this == plain(dims); }
  bool is_channels_last() const { return *this == channels_last(dims); }
  /// Elements fill one block of memory without holes or overlap.
  bool is_dense() const;
  /// Dims by falling stride (ties keep their order).
  std::vector<size_t> memory_order() const;
  /// Elements from the first to behind the last one.
  int64_t span() const;
  Layout permuted(const std::vector<int64_t>& perm) const;
  /// This memory under another shape of the same elements in the same order, when strides can express it.
  std::optional<Layout> reshaped(const Shape& dims) const;
  /// "plain", "channels-last" or "strided".
  std::string text() const;
};

/// Whether oneDNN computes with elements of this type.
bool has_data_type(DType dtype);
dnnl::memory::data_type data_type(DType dtype);
/// A descriptor of at least one dim with the strides of `layout`; a dim of size 1 is as far apart as what lies inside of it is long.
dnnl::memory::desc describe(DType dtype, const Layout& layout);
/// Everything that decides where elements lie, as text: for keys, and to compare a stored descriptor with a fresh one.
std::string desc_text(const dnnl::memory::desc& desc);

}  // namespace mindird::engines::cpu
