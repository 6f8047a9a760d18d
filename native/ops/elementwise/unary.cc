// Unary: one loop per kind and element type, so that the compiler sees the function inside the loop.
#include "ops/elementwise/unary.h"

#include "ops/elementwise/unary_functions.h"
#include "ops/elementwise/unary_integer.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

bool is_predicate(UnaryKind kind) { return kind >= UnaryKind::kIsNan; }

std::string_view name_of(UnaryKind kind) { return kUnaryKindNames[static_cast<size_t>(kind)]; }

template <class T>
void run_predicate(UnaryKind kind, std::span<const T> in, std::span<BoolByte> out) {
  for (size_t i = 0; i < in.size(); ++i) {
    bool answer = kind == UnaryKind::kIsFinite;
    if constexpr (kIsFloating<T>) {
      const auto x = load(in[i]);
      answer = kind == UnaryKind::kIsNan ? std::isnan(x) : kind == UnaryKind::kIsInf ? std::isinf(x) : std::isfinite(x);
    }
    out[i] = BoolByte(answer);
  }
}

template <class T>
Status run_floating(const Unary& op, std::span<const T> in, std::span<T> out) {
  using C = Compute<T>;
  const unary::Parameters<C> p{static_cast<C>(op.alpha), static_cast<C>(op.beta)};
  const bool found = unary::visit_function(op.kind, [&](auto function) {
    for (size_t i = 0; i < in.size(); ++i) out[i] = store<T>(function(load(in[i]), p));
  });
  return found ? Status{} : internal_error(str("unary ", name_of(op.kind), " has no floating-point function"));
}

}  // namespace

void Unary::attributes(ir::AttributeVisitor& v) {
  v.choice("kind", kind, kUnaryKindNames);
  v.field("alpha", alpha);
  v.field("beta", beta);
}

Result<ir::Types> Unary::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  if (kind == UnaryKind::kLogicalNot) {
    TRY(expect_dtype(in, 0, DType::kBool));
  } else {
    TRY(expect_numeric(in, 0));
    if (!is_predicate(kind) && is_integer(in[0].dtype) && !unary::has_integer_form(kind)) {
      return invalid_argument(str("input 0 is ", in[0].text(), ", want a floating-point type for ", name_of(kind)));
    }
  }
  if (kind == UnaryKind::kCelu && !(std::isfinite(alpha) && alpha != 0)) {
    return invalid_argument(str("alpha is ", alpha, ", want a finite value other than 0 for celu"));
  }
  return one_output({is_predicate(kind) ? DType::kBool : in[0].dtype, in[0].shape});
}

Status Unary::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  if (kind == UnaryKind::kLogicalNot) {
    const auto in = x.as<const BoolByte>();
    const auto out = y.as<BoolByte>();
    for (size_t i = 0; i < in.size(); ++i) out[i] = BoolByte(!static_cast<bool>(in[i]));
    return {};
  }
  return dispatch_numeric(x.dtype(), [&]<class T>() -> Status {
    const auto in = x.as<const T>();
    if (is_predicate(kind)) {
      run_predicate<T>(kind, in, y.as<BoolByte>());
      return {};
    }
    if constexpr (kIsFloating<T>) {
      return run_floating<T>(*this, in, y.as<T>());
    } else {
      return unary::run_integer<T>(kind, alpha, beta, in, y.as<T>());
    }
  });
}

std::optional<ir::BatchAxis> Unary::batch_axis(const ir::BatchArgs& args) const { return elementwise_batch_axis(args); }

REGISTER_OP(Unary);

}  // namespace mindird::ops
