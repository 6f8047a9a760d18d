// What the operators that move elements share: an axis in the middle of a shape, element sizes, integer indices read from tensors.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "base/status.h"
#include "ir/op.h"
#include "tensor/tensor.h"

namespace mindird::ops {

/// A shape seen as [outer, size, inner] around one axis.
struct AxisView {
  int64_t outer = 1;
  int64_t size = 1;
  int64_t inner = 1;
};

/// The view around `axis` of a shape that passed infer; all zero when it holds no elements.
AxisView split_axis(const Shape& shape, size_t axis);

/// Input i is i32 or i64.
Status expect_index_type(std::span<const TensorType> in, size_t i);

/// Element i of an i32 or i64 tensor.
inline int64_t read_index(const Tensor& indices, size_t i) {
  if (indices.dtype() == DType::kI64) {
    int64_t value = 0;
    std::memcpy(&value, indices.data + i * sizeof value, sizeof value);
    return value;
  }
  int32_t value = 0;
  std::memcpy(&value, indices.data + i * sizeof value, sizeof value);
  return value;
}

/// INVALID_ARGUMENT for an index outside [-n, n), naming the index, its position and n.
Status index_error(int64_t index, size_t position, int64_t n);

/// Element i of `indices` brought from [-n, n) to [0, n).
inline Status resolve_index(const Tensor& indices, size_t i, int64_t n, int64_t& resolved) {
  const int64_t index = read_index(indices, i);
  if (index < -n || index >= n) return index_error(index, i, n);
  resolved = index < 0 ? index + n : index;
  return {};
}

/// Calls `f.operator()<N>()` with the size in bytes of an element: 1, 2, 4 or 8.
template <class F>
void dispatch_element_size(DType dtype, F&& f) {
  switch (dtype_size(dtype)) {
    case 1: return f.template operator()<1>();
    case 2: return f.template operator()<2>();
    case 4: return f.template operator()<4>();
    default: return f.template operator()<8>();
  }
}

/// The batch axis of an output that has the dims of input 0, when the operator mixes elements along `axis` only.
std::optional<ir::BatchAxis> batch_axis_beside(const ir::BatchArgs& args, size_t axis, bool axis_removed = false);

}  // namespace mindird::ops
