#include "ops/movement/expand.h"

#include "ops/movement/strided_copy.h"
#include "ops/support.h"

namespace mindird::ops {

void Expand::attributes(ir::AttributeVisitor& v) { v.field("shape", shape); }

Result<ir::Types> Expand::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  const Shape wanted{shape};
  const auto joint = wanted.known() ? broadcast_shapes(in[0].shape, wanted) : std::nullopt;
  if (!joint || *joint != wanted) {
    return invalid_argument(str("shape is ", wanted.text(), ", want one that ", in[0].text(), " can be broadcast to"));
  }
  return one_output({in[0].dtype, wanted});
}

Status Expand::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  if (y.elements() == 0) return {};
  const size_t rank = shape.size();
  const size_t added = rank - x.shape().rank();
  std::array<int64_t, kMaxRank> from{};
  std::array<int64_t, kMaxRank> to{};
  int64_t x_stride = 1;
  int64_t y_stride = 1;
  for (size_t i = rank; i-- > 0;) {
    const int64_t extent = i < added ? 1 : x.shape()[i - added];
    from[i] = extent == 1 ? 0 : x_stride;
    to[i] = y_stride;
    x_stride *= extent;
    y_stride *= shape[i];
  }
  StridedCopy copy(x.dtype(), x.data, y.data);
  for (size_t i = 0; i < rank; ++i) copy.add_dim(shape[i], from[i], to[i]);
  copy.run();
  return {};
}

std::optional<ir::BatchAxis> Expand::batch_axis(const ir::BatchArgs& args) const {
  const ir::BatchAxis batch = args.axes[0];
  if (batch.axis < 0) return batch;
  const Shape& x = args.inputs[0].shape;
  const Shape& y = args.outputs[0].shape;
  const auto to = static_cast<size_t>(batch.axis) + y.rank() - x.rank();
  if (y[to] != x[static_cast<size_t>(batch.axis)]) return std::nullopt;
  return ir::BatchAxis{static_cast<int64_t>(to), batch.inner};
}

REGISTER_OP(Expand);

}  // namespace mindird::ops
