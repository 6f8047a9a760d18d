#include "ops/movement/reverse.h"

#include "ops/movement/strided_copy.h"
#include "ops/support.h"

namespace mindird::ops {

void Reverse::attributes(ir::AttributeVisitor& v) { v.field("axes", axes); }

Result<ir::Types> Reverse::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_rank(in, 0, 0));
  std::array<bool, kMaxRank> seen{};
  for (const int64_t axis : axes) {
    TRY_ASSIGN(const size_t at, expect_axis("axes", axis, in[0].shape.rank()));
    if (seen[at]) return invalid_argument(str("axes is ", list_text<int64_t>(axes), ", want each dimension at most once"));
    seen[at] = true;
  }
  return one_output(in[0]);
}

Status Reverse::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  if (y.elements() == 0) return {};
  const size_t rank = x.shape().rank();
  std::array<int64_t, kMaxRank> to{};
  int64_t stride = 1;
  for (size_t i = rank; i-- > 0;) {
    to[i] = stride;
    stride *= x.shape()[i];
  }
  std::array<int64_t, kMaxRank> from = to;
  int64_t offset = 0;
  for (const int64_t axis : axes) {
    const auto at = *normalize_axis(axis, rank);
    offset += (x.shape()[at] - 1) * to[at];
    from[at] = -to[at];
  }
  StridedCopy copy(x.dtype(), x.data + offset * static_cast<int64_t>(dtype_size(x.dtype())), y.data);
  for (size_t i = 0; i < rank; ++i) copy.add_dim(x.shape()[i], from[i], to[i]);
  copy.run();
  return {};
}

std::optional<ir::BatchAxis> Reverse::batch_axis(const ir::BatchArgs& args) const {
  const ir::BatchAxis batch = args.axes[0];
  if (batch.axis < 0) return batch;
  for (const int64_t axis : axes) {
    if (normalize_axis(axis, args.inputs[0].shape.rank()) == static_cast<size_t>(batch.axis)) return std::nullopt;
  }
  return batch;
}

REGISTER_OP(Reverse);

}  // namespace mindird::ops
