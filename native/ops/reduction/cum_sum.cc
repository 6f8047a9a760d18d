#include "ops/reduction/cum_sum.h"

#include "ops/support.h"
#include "ops/indexing/support_index.h"

namespace mindird::ops {

void CumSum::attributes(ir::AttributeVisitor& v) {
  v.field("axis", axis);
  v.field("exclusive", exclusive);
  v.field("reverse", reverse);
}

Result<ir::Types> CumSum::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_numeric(in, 0));
  TRY(expect_axis("axis", axis, in[0].shape.rank()).status());
  return one_output(in[0]);
}

Status CumSum::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  const AxisView view = split_axis(x.shape(), *normalize_axis(axis, x.shape().rank()));
  return dispatch_numeric(x.dtype(), [&]<class T>() {
    const auto from = x.as<const T>();
    const auto to = y.as<T>();
    for (int64_t line = 0; line < view.outer * view.inner; ++line) {
      const int64_t start = line / view.inner * view.size * view.inner + line % view.inner;
      Accumulator<T> sum{};
      for (int64_t i = 0; i < view.size; ++i) {
        const auto at = static_cast<size_t>(start + (reverse ? view.size - 1 - i : i) * view.inner);
        const Accumulator<T> before = sum;
        sum += widen(from[at]);
        to[at] = narrow<T>(exclusive ? before : sum);
      }
    }
  });
}

std::optional<ir::BatchAxis> CumSum::batch_axis(const ir::BatchArgs& args) const {
  return batch_axis_beside(args, *normalize_axis(axis, args.inputs[0].shape.rank()));
}

REGISTER_OP(CumSum);

}  // namespace mindird::ops
