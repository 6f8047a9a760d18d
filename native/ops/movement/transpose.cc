#include "ops/movement/transpose.h"

#include "ops/movement/strided_copy.h"
#include "ops/support.h"

namespace mindird::ops {

void Transpose::attributes(ir::AttributeVisitor& v) { v.field("perm", perm); }

Result<ir::Types> Transpose::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_rank(in, 0, 0));
  const Shape& x = in[0].shape;
  TRY(expect_count("perm", perm, x.rank()));
  std::array<bool, kMaxRank> seen{};
  std::vector<int64_t> dims;
  for (const int64_t p : perm) {
    if (p < 0 || p >= static_cast<int64_t>(x.rank()) || seen[static_cast<size_t>(p)]) {
      return invalid_argument(str("perm is ", list_text<int64_t>(perm), ", want each of the ", x.rank(), " dimensions once"));
    }
    seen[static_cast<size_t>(p)] = true;
    dims.push_back(x[static_cast<size_t>(p)]);
  }
  return one_output({in[0].dtype, Shape(std::move(dims))});
}

Status Transpose::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  if (y.elements() == 0) return {};
  std::array<int64_t, kMaxRank> x_strides{};
  std::array<int64_t, kMaxRank> y_strides{};
  int64_t x_stride = 1;
  int64_t y_stride = 1;
  for (size_t i = perm.size(); i-- > 0;) {
    x_strides[i] = x_stride;
    y_strides[i] = y_stride;
    x_stride *= x.shape()[i];
    y_stride *= y.shape()[i];
  }
  StridedCopy copy(x.dtype(), x.data, y.data);
  for (size_t i = 0; i < perm.size(); ++i) copy.add_dim(y.shape()[i], x_strides[static_cast<size_t>(perm[i])], y_strides[i]);
  copy.run();
  return {};
}

std::optional<ir::BatchAxis> Transpose::batch_axis(const ir::BatchArgs& args) const {
  const ir::BatchAxis batch = args.axes[0];
  if (batch.axis < 0) return batch;
  // The batch's dim moves as a whole, so that batch * inner stays as it is inside it.
  for (size_t i = 0; i < perm.size(); ++i) {
    if (perm[i] == batch.axis) return ir::BatchAxis{static_cast<int64_t>(i), batch.inner};
  }
  return std::nullopt;
}

REGISTER_OP(Transpose);

}  // namespace mindird::ops
