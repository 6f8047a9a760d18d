// Primitives that are one binary core operator or comparison, with MindSpore's implicit conversion of their operands.
#include "base/strings.h"
#include "mindir/primitives/elementwise/promote.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;

LowerFunction arithmetic(BinaryKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const auto pair, operands(call));
    return call.result(call.binary(kind, pair.first, pair.second));
  };
}

/// Division and functions into the reals.
LowerFunction real(BinaryKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const auto pair, floating_operands(call));
    return call.result(call.binary(kind, pair.first, pair.second));
  };
}

LowerFunction comparison(CompareKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const auto pair, operands(call));
    return call.result(call.compare(kind, pair.first, pair.second));
  };
}

/// A quotient rounded down, towards zero or, without a mode, not at all.
Result<Item> lower_div_mod(Call& call) {
  TRY_ASSIGN(const int64_t mode, call.choice("rounding_mode", 2, {"none", "trunc", "floor"}, 0));
  if (mode == 0) return real(BinaryKind::kDiv)(call);
  if (mode == 2) return arithmetic(BinaryKind::kFloorDiv)(call);
  if (mode != 1) return unsupported(str("rounding_mode is ", mode, ", want 1 (trunc) or 2 (floor)"));
  TRY_ASSIGN(const auto pair, operands(call));
  TRY_ASSIGN(const ir::ValueId quotient, call.binary(BinaryKind::kDiv, pair.first, pair.second));
  if (!is_floating(call.type(quotient).dtype)) return Item(Computed{quotient});  // integers are divided towards zero
  return call.result(truncated(call, quotient));
}

/// Integers are divided towards zero, and so are the quotients of floats rounded.
Result<Item> lower_truncate_div(Call& call) {
  TRY_ASSIGN(const auto pair, operands(call));
  TRY_ASSIGN(const ir::ValueId quotient, call.binary(BinaryKind::kDiv, pair.first, pair.second));
  if (is_integer(call.type(quotient).dtype)) return Item(Computed{quotient});
  return call.result(truncated(call, quotient));
}

REGISTER_PRIMITIVE(Add, arithmetic(BinaryKind::kAdd));
REGISTER_PRIMITIVE(AddV2, arithmetic(BinaryKind::kAdd));
REGISTER_PRIMITIVE(TensorAdd, arithmetic(BinaryKind::kAdd));
REGISTER_PRIMITIVE(Sub, arithmetic(BinaryKind::kSub));
REGISTER_PRIMITIVE(Mul, arithmetic(BinaryKind::kMul));
REGISTER_PRIMITIVE(Muls, arithmetic(BinaryKind::kMul));
REGISTER_PRIMITIVE(Div, real(BinaryKind::kDiv));
REGISTER_PRIMITIVE(Divs, real(BinaryKind::kDiv));
REGISTER_PRIMITIVE(RealDiv, real(BinaryKind::kDiv));
REGISTER_PRIMITIVE(Gcd, arithmetic(BinaryKind::kGcd));
REGISTER_PRIMITIVE(Lcm, arithmetic(BinaryKind::kLcm));
REGISTER_PRIMITIVE(FloorDiv, arithmetic(BinaryKind::kFloorDiv));
REGISTER_PRIMITIVE(FloorMod, arithmetic(BinaryKind::kFloorMod));
REGISTER_PRIMITIVE(FloorDivScalar, arithmetic(BinaryKind::kFloorDiv));
REGISTER_PRIMITIVE(RemainderTensorScalar, arithmetic(BinaryKind::kFloorMod));
REGISTER_PRIMITIVE(RemainderTensorTensor, arithmetic(BinaryKind::kFloorMod));
REGISTER_PRIMITIVE(RemainderScalarTensor, arithmetic(BinaryKind::kFloorMod));
REGISTER_PRIMITIVE(FmodTensor, arithmetic(BinaryKind::kTruncMod));
REGISTER_PRIMITIVE(FmodScalar, arithmetic(BinaryKind::kTruncMod));
REGISTER_PRIMITIVE(Mod, arithmetic(BinaryKind::kTruncMod));
REGISTER_PRIMITIVE(TruncateMod, arithmetic(BinaryKind::kTruncMod));
REGISTER_PRIMITIVE(TruncateDiv, lower_truncate_div);
REGISTER_PRIMITIVE(Pow, arithmetic(BinaryKind::kPow));
REGISTER_PRIMITIVE(PowTensorScalar, arithmetic(BinaryKind::kPow));
REGISTER_PRIMITIVE(PowScalarTensor, arithmetic(BinaryKind::kPow));
REGISTER_PRIMITIVE(Maximum, arithmetic(BinaryKind::kMaximum));
REGISTER_PRIMITIVE(Minimum, arithmetic(BinaryKind::kMinimum));
REGISTER_PRIMITIVE(SquaredDifference, arithmetic(BinaryKind::kSquaredDifference));
REGISTER_PRIMITIVE(Atan2, real(BinaryKind::kAtan2));
REGISTER_PRIMITIVE(Atan2Ext, real(BinaryKind::kAtan2));
REGISTER_PRIMITIVE(DivMod, lower_div_mod);
REGISTER_PRIMITIVE(DivMods, lower_div_mod);
REGISTER_PRIMITIVE(LogicalAnd, arithmetic(BinaryKind::kLogicalAnd));
REGISTER_PRIMITIVE(LogicalOr, arithmetic(BinaryKind::kLogicalOr));
REGISTER_PRIMITIVE(LogicalXor, arithmetic(BinaryKind::kLogicalXor));
REGISTER_PRIMITIVE(Equal, comparison(CompareKind::kEqual));
REGISTER_PRIMITIVE(NotEqual, comparison(CompareKind::kNotEqual));
REGISTER_PRIMITIVE(EqScalar, comparison(CompareKind::kEqual));
REGISTER_PRIMITIVE(LessScalar, comparison(CompareKind::kLess));
REGISTER_PRIMITIVE(GreaterEqualScalar, comparison(CompareKind::kGreaterEqual));
REGISTER_PRIMITIVE(Less, comparison(CompareKind::kLess));
REGISTER_PRIMITIVE(LessEqual, comparison(CompareKind::kLessEqual));
REGISTER_PRIMITIVE(Greater, comparison(CompareKind::kGreater));
REGISTER_PRIMITIVE(GreaterEqual, comparison(CompareKind::kGreaterEqual));

}  // namespace
}  // namespace mindird::mindir
