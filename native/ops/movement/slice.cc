#include "ops/movement/slice.h"

#include "base/checked.h"
#include "ops/movement/strided_copy.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

Status expect_inside(size_t dim, int64_t begin, int64_t size, int64_t stride, int64_t extent) {
  if (size < 0) return invalid_argument(str("size[", dim, "] is ", size, ", want 0 or more"));
  if (size == 0) return {};
  const auto span = checked_mul(size - 1, stride);
  const auto last = span ? checked_add(begin, *span) : std::nullopt;
  if (begin < 0 || begin >= extent || !last || *last < 0 || *last >= extent || (stride == 0 && size > 1)) {
    return invalid_argument(str("dimension ", dim, ": ", size, " elements from ", begin, " by ", stride, ", want distinct ones in 0 to ", extent - 1));
  }
  return {};
}

}  // namespace

void Slice::attributes(ir::AttributeVisitor& v) {
  v.field("begin", begin);
  v.field("size", size);
  v.field("stride", stride);
}

Result<ir::Types> Slice::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  const Shape& x = in[0].shape;
  TRY(expect_count("begin", begin, x.rank()));
  TRY(expect_count("size", size, x.rank()));
  TRY(expect_count("stride", stride, x.rank()));
  for (size_t i = 0; i < x.rank(); ++i) TRY(expect_inside(i, begin[i], size[i], stride[i], x[i]));
  return one_output({in[0].dtype, Shape(size)});
}

Status Slice::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  if (y.elements() == 0) return {};
  const auto width = static_cast<int64_t>(dtype_size(x.dtype()));
  std::array<int64_t, kMaxRank> from{};
  std::array<int64_t, kMaxRank> to{};
  int64_t offset = 0;
  int64_t x_stride = 1;
  int64_t y_stride = 1;
  for (size_t i = size.size(); i-- > 0;) {
    offset += begin[i] * x_stride;
    // A dim of one element never takes a step, and its stride may be anything.
    from[i] = size[i] > 1 ? stride[i] * x_stride : 0;
    to[i] = y_stride;
    x_stride *= x.shape()[i];
    y_stride *= size[i];
  }
  StridedCopy copy(x.dtype(), x.data + offset * width, y.data);
  for (size_t i = 0; i < size.size(); ++i) copy.add_dim(size[i], from[i], to[i]);
  copy.run();
  return {};
}

std::optional<ir::BatchAxis> Slice::batch_axis(const ir::BatchArgs& args) const {
  const ir::BatchAxis batch = args.axes[0];
  if (batch.axis < 0) return batch;
  const auto at = static_cast<size_t>(batch.axis);
  const bool whole = begin[at] == 0 && size[at] == args.inputs[0].shape[at] && (stride[at] == 1 || size[at] <= 1);
  return whole ? std::optional(batch) : std::nullopt;
}

REGISTER_OP(Slice);

}  // namespace mindird::ops
