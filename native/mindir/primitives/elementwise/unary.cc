// Primitives that are one unary core operator.
#include "base/strings.h"
#include "mindir/primitives/elementwise/promote.h"

namespace mindird::mindir {
namespace {

using ops::UnaryKind;

LowerFunction plain(UnaryKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    return call.result(call.unary(kind, x));
  };
}

/// Functions into the reals: integers become float32 first.
LowerFunction real(UnaryKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(ir::ValueId x, call.tensor(0));
    if (!is_floating(call.type(x).dtype)) {
      TRY_ASSIGN(x, call.cast(x, DType::kF32));
    }
    return call.result(call.unary(kind, x));
  };
}

/// One parameter named `alpha`.
LowerFunction with_alpha(UnaryKind kind, double missing) {
  return [kind, missing](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const double alpha, call.number("alpha", 1, missing));
    return call.result(call.unary(kind, x, alpha));
  };
}

/// Exp and Log may say which base they mean and how x is scaled and shifted first; nothing in MindSpore's Python sets other than this.
LowerFunction natural(UnaryKind kind) {
  return [kind](Call& call) -> Result<Item> {
    for (const auto& [name, want] : {std::pair{"base", -1.0}, std::pair{"scale", 1.0}, std::pair{"shift", 0.0}}) {
      if (!call.has(name)) continue;
      TRY_ASSIGN(const double given, call.number(name, kAttributeOnly));
      if (given != want) return unsupported(str("attribute \"", name, "\" is ", given, ", want ", want));
    }
    return real(kind)(call);
  };
}

Result<Item> lower_round(Call& call) {
  TRY_ASSIGN(const int64_t decimals, call.integer("decimals", 1, 0));
  if (decimals != 0) return unsupported("rounding to decimals is not supported, want decimals 0");
  return plain(UnaryKind::kRound)(call);
}

/// The second result is for training.
Result<Item> lower_log_sigmoid(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId y, call.unary(UnaryKind::kLogSigmoid, x));
  return make_tuple({Item(Computed{y}), Item(Unavailable{"the training buffer of LogSigmoid is not provided"})});
}

Result<Item> lower_trunc(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  if (is_integer(call.type(x).dtype)) return Item(Computed{x});
  return call.result(truncated(call, x));
}

REGISTER_PRIMITIVE(Abs, plain(UnaryKind::kAbs));
REGISTER_PRIMITIVE(Neg, plain(UnaryKind::kNeg));
REGISTER_PRIMITIVE(Sign, plain(UnaryKind::kSign));
REGISTER_PRIMITIVE(Floor, plain(UnaryKind::kFloor));
REGISTER_PRIMITIVE(Ceil, plain(UnaryKind::kCeil));
REGISTER_PRIMITIVE(Round, lower_round);
REGISTER_PRIMITIVE(Rint, plain(UnaryKind::kRound));
REGISTER_PRIMITIVE(Trunc, lower_trunc);
REGISTER_PRIMITIVE(Square, plain(UnaryKind::kSquare));
REGISTER_PRIMITIVE(Exp, natural(UnaryKind::kExp));
REGISTER_PRIMITIVE(Expm1, real(UnaryKind::kExpm1));
REGISTER_PRIMITIVE(Log, natural(UnaryKind::kLog));
REGISTER_PRIMITIVE(Log1p, real(UnaryKind::kLog1p));
REGISTER_PRIMITIVE(Sqrt, real(UnaryKind::kSqrt));
REGISTER_PRIMITIVE(Rsqrt, real(UnaryKind::kRsqrt));
REGISTER_PRIMITIVE(Reciprocal, real(UnaryKind::kReciprocal));
REGISTER_PRIMITIVE(Inv, plain(UnaryKind::kReciprocal));
REGISTER_PRIMITIVE(Sin, real(UnaryKind::kSin));
REGISTER_PRIMITIVE(Cos, real(UnaryKind::kCos));
REGISTER_PRIMITIVE(Tan, real(UnaryKind::kTan));
REGISTER_PRIMITIVE(Asin, real(UnaryKind::kAsin));
REGISTER_PRIMITIVE(AsinExt, real(UnaryKind::kAsin));
REGISTER_PRIMITIVE(ACos, real(UnaryKind::kAcos));
REGISTER_PRIMITIVE(AcosExt, real(UnaryKind::kAcos));
REGISTER_PRIMITIVE(Atan, real(UnaryKind::kAtan));
REGISTER_PRIMITIVE(AtanExt, real(UnaryKind::kAtan));
REGISTER_PRIMITIVE(Sinh, real(UnaryKind::kSinh));
REGISTER_PRIMITIVE(Cosh, real(UnaryKind::kCosh));
REGISTER_PRIMITIVE(Tanh, real(UnaryKind::kTanh));
REGISTER_PRIMITIVE(Asinh, real(UnaryKind::kAsinh));
REGISTER_PRIMITIVE(AsinhExt, real(UnaryKind::kAsinh));
REGISTER_PRIMITIVE(Acosh, real(UnaryKind::kAcosh));
REGISTER_PRIMITIVE(AcoshExt, real(UnaryKind::kAcosh));
REGISTER_PRIMITIVE(Atanh, real(UnaryKind::kAtanh));
REGISTER_PRIMITIVE(Erf, real(UnaryKind::kErf));
REGISTER_PRIMITIVE(Erfc, real(UnaryKind::kErfc));
REGISTER_PRIMITIVE(Sigmoid, real(UnaryKind::kSigmoid));
REGISTER_PRIMITIVE(ReLU, plain(UnaryKind::kRelu));
REGISTER_PRIMITIVE(ReLUV3, plain(UnaryKind::kRelu));
REGISTER_PRIMITIVE(ReLU6, plain(UnaryKind::kRelu6));
REGISTER_PRIMITIVE(Elu, with_alpha(UnaryKind::kElu, 1.0));
REGISTER_PRIMITIVE(CeLU, with_alpha(UnaryKind::kCelu, 1.0));
REGISTER_PRIMITIVE(SeLU, plain(UnaryKind::kSelu));
REGISTER_PRIMITIVE(SeLUExt, plain(UnaryKind::kSelu));
REGISTER_PRIMITIVE(HSigmoid, plain(UnaryKind::kHardSigmoid));
REGISTER_PRIMITIVE(HSwish, plain(UnaryKind::kHardSwish));
REGISTER_PRIMITIVE(GeLU, plain(UnaryKind::kGeluTanh));
REGISTER_PRIMITIVE(FastGeLU, plain(UnaryKind::kFastGelu));
REGISTER_PRIMITIVE(SiLU, plain(UnaryKind::kSilu));
REGISTER_PRIMITIVE(Mish, plain(UnaryKind::kMish));
REGISTER_PRIMITIVE(MishExt, plain(UnaryKind::kMish));
REGISTER_PRIMITIVE(Softplus, plain(UnaryKind::kSoftplus));
REGISTER_PRIMITIVE(Softsign, plain(UnaryKind::kSoftsign));
REGISTER_PRIMITIVE(LogSigmoid, lower_log_sigmoid);
REGISTER_PRIMITIVE(LogicalNot, plain(UnaryKind::kLogicalNot));
REGISTER_PRIMITIVE(IsNan, real(UnaryKind::kIsNan));
REGISTER_PRIMITIVE(IsInf, real(UnaryKind::kIsInf));
REGISTER_PRIMITIVE(IsFinite, real(UnaryKind::kIsFinite));

}  // namespace
}  // namespace mindird::mindir
