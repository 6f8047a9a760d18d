#include "ops/indexing/one_hot.h"

#include <cstring>

#include "ops/support.h"
#include "ops/indexing/support_index.h"

namespace mindird::ops {

void OneHot::attributes(ir::AttributeVisitor& v) {
  v.field("depth", depth);
  v.field("axis", axis);
}

Result<ir::Types> OneHot::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 3));
  TRY(expect_known(in));
  TRY(expect_index_type(in, 0));
  TRY(expect_same_dtype(in, 1));
  for (size_t i = 1; i < 3; ++i) {
    if (in[i].shape.checked_elements() != 1) return invalid_argument(str("input ", i, " is ", in[i].text(), ", want one element"));
  }
  if (depth < 0) return invalid_argument(str("depth is ", depth, ", want 0 or more"));
  TRY_ASSIGN(const size_t at, expect_axis("axis", axis, in[0].shape.rank() + 1));
  std::vector<int64_t> dims = in[0].shape.vector();
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(at), depth);
  return one_output({in[1].dtype, Shape(std::move(dims))});
}

Status OneHot::evaluate(const ir::EvalArgs& args) const {
  const Tensor& indices = args.inputs[0];
  const Tensor& y = args.outputs[0];
  if (y.elements() == 0) return {};
  const AxisView view = split_axis(y.shape(), *normalize_axis(axis, y.shape().rank()));
  dispatch_element_size(y.dtype(), [&]<size_t N>() {
    for (size_t i = 0; i < static_cast<size_t>(y.elements()); ++i) std::memcpy(y.data + i * N, args.inputs[2].data, N);
    for (int64_t o = 0; o < view.outer; ++o) {
      for (int64_t i = 0; i < view.inner; ++i) {
        const int64_t index = read_index(indices, static_cast<size_t>(o * view.inner + i));
        if (index < 0 || index >= depth) continue;
        std::memcpy(y.data + static_cast<size_t>((o * depth + index) * view.inner + i) * N, args.inputs[1].data, N);
      }
    }
  });
  return {};
}

std::optional<ir::BatchAxis> OneHot::batch_axis(const ir::BatchArgs& args) const {
  const auto indices = only_first_batched(args);
  if (!indices || indices->axis < 0) return indices;
  const auto at = static_cast<int64_t>(*normalize_axis(axis, args.outputs[0].shape.rank()));
  return ir::BatchAxis{indices->axis >= at ? indices->axis + 1 : indices->axis, indices->inner};
}

REGISTER_OP(OneHot);

}  // namespace mindird::ops
