// Functions of numbers that treat some values apart: zeros, NaN, the ends of a range.
#include <numbers>

#include "base/strings.h"
#include "mindir/primitives/elementwise/promote.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;
using ops::UnaryKind;

/// Fmax, Fmin: the other operand where one is NaN.
LowerFunction ignoring_nan(BinaryKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const bool ignore, call.flag("ignore_nan", kAttributeOnly, true));
    if (!ignore) return unsupported("ignore_nan is false, want true");
    TRY_ASSIGN(const auto pair, operands(call));
    TRY_ASSIGN(const ir::ValueId both, call.binary(kind, pair.first, pair.second));
    if (!is_floating(call.type(both).dtype)) return Item(Computed{both});
    TRY_ASSIGN(const ir::ValueId no_x, call.unary(UnaryKind::kIsNan, pair.first));
    TRY_ASSIGN(const ir::ValueId no_y, call.unary(UnaryKind::kIsNan, pair.second));
    TRY_ASSIGN(const ir::ValueId with_x, call.select(no_y, pair.first, both));
    return call.result(call.select(no_x, pair.second, with_x));
  };
}

/// 0 below zero, `values` at zero, 1 above; NaN gives 0.
Result<Item> lower_heaviside(Call& call) {
  TRY_ASSIGN(const auto pair, operands(call));
  const DType dtype = call.type(pair.first).dtype;
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, dtype));
  TRY_ASSIGN(const ir::ValueId one, call.scalar(1, dtype));
  TRY_ASSIGN(const ir::ValueId above, call.compare(CompareKind::kGreater, pair.first, zero));
  TRY_ASSIGN(const ir::ValueId at, call.compare(CompareKind::kEqual, pair.first, zero));
  TRY_ASSIGN(const ir::ValueId sides, call.select(above, one, zero));
  return call.result(call.select(at, pair.second, sides));
}

/// sin(πx) / (πx), 1 at zero.
Result<Item> lower_sinc(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  if (!is_floating(call.type(x).dtype)) {
    TRY_ASSIGN(x, call.cast(x, DType::kF32));
  }
  TRY_ASSIGN(const ir::ValueId angle, call.binary(BinaryKind::kMul, x, std::numbers::pi));
  TRY_ASSIGN(const ir::ValueId sine, call.unary(UnaryKind::kSin, angle));
  TRY_ASSIGN(const ir::ValueId quotient, call.binary(BinaryKind::kDiv, sine, angle));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId one, call.scalar(1, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId at, call.compare(CompareKind::kEqual, angle, zero));
  return call.result(call.select(at, one, quotient));
}

/// ln(x / (1 - x)); with eps from 0 on, x is first brought into [eps, 1 - eps].
Result<Item> lower_logit(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const double eps, call.number("eps", 1, -1.0));
  if (eps >= 0) {
    TRY_ASSIGN(x, call.unary(UnaryKind::kClip, x, eps, 1 - eps));
  }
  TRY_ASSIGN(const ir::ValueId one, call.scalar(1, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId rest, call.binary(BinaryKind::kSub, one, x));
  TRY_ASSIGN(const ir::ValueId odds, call.binary(BinaryKind::kDiv, x, rest));
  return call.result(call.unary(UnaryKind::kLog, odds));
}

REGISTER_PRIMITIVE(Fmax, ignoring_nan(BinaryKind::kMaximum));
REGISTER_PRIMITIVE(Fmin, ignoring_nan(BinaryKind::kMinimum));
REGISTER_PRIMITIVE(Heaviside, lower_heaviside);
REGISTER_PRIMITIVE(Sinc, lower_sinc);
REGISTER_PRIMITIVE(Logit, lower_logit);

}  // namespace
}  // namespace mindird::mindir
