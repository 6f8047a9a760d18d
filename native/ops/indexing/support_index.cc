#include "ops/indexing/support_index.h"

#include "ops/support.h"

namespace mindird::ops {

AxisView split_axis(const Shape& shape, size_t axis) {
  for (const int64_t d : shape) {
    // Dims around a zero may be of any size, so that their products are not known to fit.
    if (d == 0) return {0, 0, 0};
  }
  AxisView view;
  for (size_t i = 0; i < axis; ++i) view.outer *= shape[i];
  view.size = shape[axis];
  for (size_t i = axis + 1; i < shape.rank(); ++i) view.inner *= shape[i];
  return view;
}

Status expect_index_type(std::span<const TensorType> in, size_t i) {
  if (in[i].dtype == DType::kI32 || in[i].dtype == DType::kI64) return {};
  return invalid_argument(str("input ", i, " is ", in[i].text(), ", want i32 or i64"));
}

Status index_error(int64_t index, size_t position, int64_t n) {
  if (n == 0) return invalid_argument(str("index ", index, " at position ", position, " addresses a dimension of size 0"));
  return invalid_argument(str("index ", index, " at position ", position, ", want ", -n, " to ", n - 1, " for a dimension of size ", n));
}

std::optional<ir::BatchAxis> batch_axis_beside(const ir::BatchArgs& args, size_t axis, bool axis_removed) {
  const auto first = only_first_batched(args);
  if (!first || first->axis < 0) return first;
  const auto touched = static_cast<int64_t>(axis);
  if (first->axis == touched) return std::nullopt;
  return ir::BatchAxis{axis_removed && first->axis > touched ? first->axis - 1 : first->axis, first->inner};
}

}  // namespace mindird::ops
