#include "ops/scatter/scatter_elements.h"

#include <cstring>

#include "ops/indexing/support_index.h"

namespace mindird::ops {

void ScatterElements::attributes(ir::AttributeVisitor& v) {
  v.choice("kind", kind, kScatterKindNames);
  v.field("axis", axis);
}

Result<ir::Types> ScatterElements::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 3));
  TRY(expect_known(in));
  TRY(expect_index_type(in, 1));
  TRY(expect_dtype(in, 2, in[0].dtype));
  TRY(expect_scatter_type(kind, in));
  const Shape& x = in[0].shape;
  const Shape& indices = in[1].shape;
  TRY_ASSIGN(const size_t at, expect_axis("axis", axis, x.rank()));
  TRY(expect_rank(in, 1, x.rank(), x.rank()));
  TRY(expect_shape(in, 2, indices));
  for (size_t i = 0; i < x.rank(); ++i) {
    if (i != at && indices[i] > x[i]) {
      return invalid_argument(str("input 1 is ", in[1].text(), ", want at most ", x[i], " in dimension ", i, " of input 0"));
    }
  }
  return one_output(in[0]);
}

Status ScatterElements::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& indices = args.inputs[1];
  const Tensor& updates = args.inputs[2];
  const Tensor& y = args.outputs[0];
  if (y.bytes() > 0) std::memcpy(y.data, x.data, y.bytes());
  if (updates.elements() == 0) return {};
  const size_t rank = y.shape().rank();
  const auto at = *normalize_axis(axis, rank);
  std::array<size_t, kMaxRank> strides{};
  size_t stride = 1;
  for (size_t i = rank; i-- > 0;) {
    strides[i] = stride;
    stride *= static_cast<size_t>(x.shape()[i]);
  }
  return dispatch_scatter(kind, x.dtype(), [&]<class T>(auto combine) -> Status {
    const auto from = updates.as<const T>();
    const auto to = y.as<T>();
    std::array<int64_t, kMaxRank> position{};
    size_t offset = 0;  // in y, of the position with 0 along the axis
    for (size_t i = 0; i < from.size(); ++i) {
      int64_t index = 0;
      TRY(resolve_index(indices, i, x.shape()[at], index));
      T& element = to[offset + static_cast<size_t>(index) * strides[at]];
      element = combine(element, from[i]);
      for (size_t d = rank; d-- > 0;) {
        const size_t step = d == at ? 0 : strides[d];
        offset += step;
        if (++position[d] < indices.shape()[d]) break;
        offset -= step * static_cast<size_t>(indices.shape()[d]);
        position[d] = 0;
      }
    }
    return {};
  });
}

double ScatterElements::cost(std::span<const TensorType> in, std::span<const TensorType> out) const {
  return static_cast<double>(out[0].shape.elements()) + static_cast<double>(in[2].shape.elements());
}

std::optional<ir::BatchAxis> ScatterElements::batch_axis(const ir::BatchArgs& args) const {
  if (none_batched(args)) return ir::BatchAxis{};
  const ir::BatchAxis x = args.axes[0];
  const auto at = static_cast<int64_t>(*normalize_axis(axis, args.inputs[0].shape.rank()));
  // Beside the axis element, index and update share their position.
  if (x.axis < 0 || x.axis == at || x != args.axes[1] || x != args.axes[2]) return std::nullopt;
  const auto d = static_cast<size_t>(x.axis);
  return args.inputs[0].shape[d] == args.inputs[1].shape[d] ? std::optional(x) : std::nullopt;
}

REGISTER_OP(ScatterElements);

}  // namespace mindird::ops
