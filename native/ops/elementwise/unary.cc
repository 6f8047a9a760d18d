// Unary: one loop per kind and element type, chosen from a table, so that the compiler sees the function inside the loop.
#include "ops/elementwise/unary.h"

#include "ops/support.h"
#include "ops/elementwise/unary_functions.h"
#include "ops/elementwise/unary_integer.h"

namespace mindird::ops {
namespace {

template <class T>
struct Loop {
  UnaryKind kind;
  void (*run)(std::span<const T>, std::span<T>, const unary::Parameters<Compute<T>>&);
};

template <class T, auto kFunction>
void run_loop(std::span<const T> in, std::span<T> out, const unary::Parameters<Compute<T>>& p) {
  for (size_t i = 0; i < in.size(); ++i) out[i] = store<T>(kFunction(load(in[i]), p));
}

template <class T>
std::span<const Loop<T>> arithmetic_loops() {
  using K = UnaryKind;
  static constexpr auto kLoops = std::to_array<Loop<T>>({
      {K::kAbs, run_loop<T, MINDIRD_UNARY_STD(abs)>},
      {K::kNeg, run_loop<T, [](auto x, const auto&) { return -x; }>},
      {K::kSign, run_loop<T, unary::sign>},
      {K::kFloor, run_loop<T, MINDIRD_UNARY_STD(floor)>},
      {K::kCeil, run_loop<T, MINDIRD_UNARY_STD(ceil)>},
      {K::kRound, run_loop<T, MINDIRD_UNARY_STD(rint)>},
      {K::kExp, run_loop<T, MINDIRD_UNARY_STD(exp)>},
      {K::kExpm1, run_loop<T, MINDIRD_UNARY_STD(expm1)>},
      {K::kLog, run_loop<T, MINDIRD_UNARY_STD(log)>},
      {K::kLog1p, run_loop<T, MINDIRD_UNARY_STD(log1p)>},
      {K::kSqrt, run_loop<T, MINDIRD_UNARY_STD(sqrt)>},
      {K::kRsqrt, run_loop<T, unary::rsqrt>},
      {K::kReciprocal, run_loop<T, unary::reciprocal>},
      {K::kSquare, run_loop<T, unary::square>},
      {K::kSin, run_loop<T, MINDIRD_UNARY_STD(sin)>},
      {K::kCos, run_loop<T, MINDIRD_UNARY_STD(cos)>},
      {K::kTan, run_loop<T, MINDIRD_UNARY_STD(tan)>},
      {K::kAsin, run_loop<T, MINDIRD_UNARY_STD(asin)>},
      {K::kAcos, run_loop<T, MINDIRD_UNARY_STD(acos)>},
      {K::kAtan, run_loop<T, MINDIRD_UNARY_STD(atan)>},
      {K::kSinh, run_loop<T, MINDIRD_UNARY_STD(sinh)>},
      {K::kCosh, run_loop<T, MINDIRD_UNARY_STD(cosh)>},
      {K::kTanh, run_loop<T, MINDIRD_UNARY_STD(tanh)>},
      {K::kAsinh, run_loop<T, MINDIRD_UNARY_STD(asinh)>},
      {K::kAcosh, run_loop<T, MINDIRD_UNARY_STD(acosh)>},
      {K::kAtanh, run_loop<T, MINDIRD_UNARY_STD(atanh)>},
      {K::kErf, run_loop<T, MINDIRD_UNARY_STD(erf)>},
      {K::kErfc, run_loop<T, MINDIRD_UNARY_STD(erfc)>},
  });
  return kLoops;
}

template <class T>
std::span<const Loop<T>> activation_loops() {
  using K = UnaryKind;
  static constexpr auto kLoops = std::to_array<Loop<T>>({
      {K::kSigmoid, run_loop<T, unary::sigmoid>},
      {K::kRelu, run_loop<T, unary::relu>},
      {K::kRelu6, run_loop<T, unary::relu6>},
      {K::kLeakyRelu, run_loop<T, unary::leaky_relu>},
      {K::kElu, run_loop<T, unary::elu>},
      {K::kCelu, run_loop<T, unary::celu>},
      {K::kSelu, run_loop<T, unary::selu>},
      {K::kHardSigmoid, run_loop<T, unary::hard_sigmoid>},
      {K::kHardSwish, run_loop<T, unary::hard_swish>},
      {K::kGeluErf, run_loop<T, unary::gelu_erf>},
      {K::kGeluTanh, run_loop<T, unary::gelu_tanh>},
      {K::kFastGelu, run_loop<T, unary::fast_gelu>},
      {K::kSilu, run_loop<T, unary::silu>},
      {K::kMish, run_loop<T, unary::mish>},
      {K::kSoftplus, run_loop<T, unary::softplus>},
      {K::kSoftsign, run_loop<T, unary::softsign>},
      {K::kLogSigmoid, run_loop<T, unary::log_sigmoid>},
      {K::kClip, run_loop<T, unary::clip>},
  });
  return kLoops;
}

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
  for (const auto& loops : {arithmetic_loops<T>(), activation_loops<T>()}) {
    for (const Loop<T>& loop : loops) {
      if (loop.kind != op.kind) continue;
      loop.run(in, out, p);
      return {};
    }
  }
  return internal_error(str("unary ", name_of(op.kind), " has no floating-point function"));
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
