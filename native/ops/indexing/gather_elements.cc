#include "ops/indexing/gather_elements.h"

#include <cstring>

#include "ops/support.h"
#include "ops/indexing/support_index.h"

namespace mindird::ops {

void GatherElements::attributes(ir::AttributeVisitor& v) { v.field("axis", axis); }

Result<ir::Types> GatherElements::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2));
  TRY(expect_known(in));
  TRY(expect_index_type(in, 1));
  const Shape& x = in[0].shape;
  const Shape& indices = in[1].shape;
  TRY_ASSIGN(const size_t at, expect_axis("axis", axis, x.rank()));
  TRY(expect_rank(in, 1, x.rank(), x.rank()));
  for (size_t i = 0; i < x.rank(); ++i) {
    if (i != at && indices[i] > x[i]) {
      return invalid_argument(str("input 1 is ", in[1].text(), ", want at most ", x[i], " in dimension ", i, " of input 0"));
    }
  }
  return one_output({in[0].dtype, indices});
}

Status GatherElements::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& indices = args.inputs[1];
  const Tensor& y = args.outputs[0];
  if (y.elements() == 0) return {};
  const size_t rank = y.shape().rank();
  const auto at = *normalize_axis(axis, rank);
  std::array<size_t, kMaxRank> x_strides{};
  std::array<int64_t, kMaxRank> position{};
  size_t stride = dtype_size(x.dtype());
  const size_t width = stride;
  for (size_t i = rank; i-- > 0;) {
    x_strides[i] = stride;
    stride *= static_cast<size_t>(x.shape()[i]);
  }
  size_t offset = 0;  // in x, of the position with 0 along the axis
  for (size_t i = 0; i < static_cast<size_t>(y.elements()); ++i) {
    int64_t index = 0;
    TRY(resolve_index(indices, i, x.shape()[at], index));
    std::memcpy(y.data + i * width, x.data + offset + static_cast<size_t>(index) * x_strides[at], width);
    for (size_t d = rank; d-- > 0;) {
      const size_t step = d == at ? 0 : x_strides[d];
      offset += step;
      if (++position[d] < y.shape()[d]) break;
      offset -= step * static_cast<size_t>(y.shape()[d]);
      position[d] = 0;
    }
  }
  return {};
}

std::optional<ir::BatchAxis> GatherElements::batch_axis(const ir::BatchArgs& args) const {
  if (none_batched(args)) return ir::BatchAxis{};
  const ir::BatchAxis x = args.axes[0];
  const ir::BatchAxis indices = args.axes[1];
  const auto at = static_cast<int64_t>(*normalize_axis(axis, args.inputs[0].shape.rank()));
  // Along the axis every index reads one x for all rows; beside it index and element share their position.
  if (x.axis < 0) return indices.axis == at ? std::optional(indices) : std::nullopt;
  if (x != indices || x.axis == at) return std::nullopt;
  const auto d = static_cast<size_t>(x.axis);
  return args.inputs[0].shape[d] == args.inputs[1].shape[d] ? std::optional(x) : std::nullopt;
}

REGISTER_OP(GatherElements);

}  // namespace mindird::ops
