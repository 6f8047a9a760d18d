#include "ops/reduction/cumulative_extreme.h"

#include "ops/indexing/support_index.h"
#include "ops/ordering/ordering.h"
#include "ops/support.h"

namespace mindird::ops {

void CumulativeExtreme::attributes(ir::AttributeVisitor& v) {
  v.choice("kind", kind, kArgReduceKindNames);
  v.field("axis", axis);
}

Result<ir::Types> CumulativeExtreme::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  TRY(expect_numeric(in, 0));
  TRY(expect_axis("axis", axis, in[0].shape.rank()).status());
  TRY_ASSIGN(const ir::Types indices, one_output({DType::kI64, in[0].shape}));
  return ir::Types{in[0], indices[0]};
}

Status CumulativeExtreme::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const AxisView view = split_axis(x.shape(), *normalize_axis(axis, x.shape().rank()));
  return dispatch_numeric(x.dtype(), [&]<class T>() {
    const auto from = x.as<const T>();
    const auto values = args.outputs[0].as<T>();
    const auto indices = args.outputs[1].as<int64_t>();
    for (int64_t line = 0; line < view.outer * view.inner; ++line) {
      const int64_t start = line / view.inner * view.size * view.inner + line % view.inner;
      int64_t found = 0;
      for (int64_t i = 0; i < view.size; ++i) {
        const auto at = static_cast<size_t>(start + i * view.inner);
        const auto best = load(from[static_cast<size_t>(start + found * view.inner)]);
        const auto candidate = load(from[at]);
        const bool wins = kind == ArgReduceKind::kMax ? candidate >= best : candidate <= best;
        if (is_nan(candidate) || (!is_nan(best) && wins)) found = i;
        values[at] = from[static_cast<size_t>(start + found * view.inner)];
        indices[at] = found;
      }
    }
  });
}

std::optional<ir::BatchAxis> CumulativeExtreme::batch_axis(const ir::BatchArgs& args) const {
  return batch_axis_beside(args, *normalize_axis(axis, args.inputs[0].shape.rank()));
}

REGISTER_OP(CumulativeExtreme);

}  // namespace mindird::ops
