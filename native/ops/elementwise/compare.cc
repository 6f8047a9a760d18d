// Compare: one broadcast loop per kind and element type. Comparisons with NaN are false, except not_equal.
#include "ops/elementwise/compare.h"

#include <functional>

#include "ops/elementwise/broadcast_loops.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

template <class T, class F>
void run(const Tensor& x, const Tensor& y, const Tensor& out, F compare) {
  broadcast_loop<T, BoolByte>(x, y, out, [compare](T a, T b) { return BoolByte(compare(load(a), load(b))); });
}

template <class T>
void run_kind(CompareKind kind, const Tensor& x, const Tensor& y, const Tensor& out) {
  switch (kind) {
    case CompareKind::kEqual: return run<T>(x, y, out, std::equal_to<>());
    case CompareKind::kNotEqual: return run<T>(x, y, out, std::not_equal_to<>());
    case CompareKind::kLess: return run<T>(x, y, out, std::less<>());
    case CompareKind::kLessEqual: return run<T>(x, y, out, std::less_equal<>());
    case CompareKind::kGreater: return run<T>(x, y, out, std::greater<>());
    case CompareKind::kGreaterEqual: return run<T>(x, y, out, std::greater_equal<>());
  }
}

}  // namespace

void Compare::attributes(ir::AttributeVisitor& v) { v.choice("kind", kind, kCompareKindNames); }

Result<ir::Types> Compare::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2));
  TRY(expect_same_dtype(in));
  const auto shape = broadcast_shapes(in[0].shape, in[1].shape);
  if (!shape) return invalid_argument(str("inputs ", in[0].text(), " and ", in[1].text(), " do not broadcast"));
  return one_output({DType::kBool, *shape});
}

Status Compare::evaluate(const ir::EvalArgs& args) const {
  return dispatch_any(args.inputs[0].dtype(), [&]<class T>() { run_kind<T>(kind, args.inputs[0], args.inputs[1], args.outputs[0]); });
}

std::optional<ir::BatchAxis> Compare::batch_axis(const ir::BatchArgs& args) const { return elementwise_batch_axis(args); }

REGISTER_OP(Compare);

}  // namespace mindird::ops
