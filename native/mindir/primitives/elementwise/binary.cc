// Primitives that are one binary core operator or comparison, with MindSpore's implicit conversion of their operands.
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

REGISTER_PRIMITIVE(Add, arithmetic(BinaryKind::kAdd));
REGISTER_PRIMITIVE(Sub, arithmetic(BinaryKind::kSub));
REGISTER_PRIMITIVE(Mul, arithmetic(BinaryKind::kMul));
REGISTER_PRIMITIVE(Muls, arithmetic(BinaryKind::kMul));
REGISTER_PRIMITIVE(Div, real(BinaryKind::kDiv));
REGISTER_PRIMITIVE(Divs, real(BinaryKind::kDiv));
REGISTER_PRIMITIVE(RealDiv, real(BinaryKind::kDiv));
REGISTER_PRIMITIVE(FloorDiv, arithmetic(BinaryKind::kFloorDiv));
REGISTER_PRIMITIVE(FloorMod, arithmetic(BinaryKind::kFloorMod));
REGISTER_PRIMITIVE(RemainderTensorScalar, arithmetic(BinaryKind::kFloorMod));
REGISTER_PRIMITIVE(Pow, arithmetic(BinaryKind::kPow));
REGISTER_PRIMITIVE(Maximum, arithmetic(BinaryKind::kMaximum));
REGISTER_PRIMITIVE(Minimum, arithmetic(BinaryKind::kMinimum));
REGISTER_PRIMITIVE(SquaredDifference, arithmetic(BinaryKind::kSquaredDifference));
REGISTER_PRIMITIVE(Atan2, real(BinaryKind::kAtan2));
REGISTER_PRIMITIVE(LogicalAnd, arithmetic(BinaryKind::kLogicalAnd));
REGISTER_PRIMITIVE(LogicalOr, arithmetic(BinaryKind::kLogicalOr));
REGISTER_PRIMITIVE(LogicalXor, arithmetic(BinaryKind::kLogicalXor));
REGISTER_PRIMITIVE(Equal, comparison(CompareKind::kEqual));
REGISTER_PRIMITIVE(NotEqual, comparison(CompareKind::kNotEqual));
REGISTER_PRIMITIVE(Less, comparison(CompareKind::kLess));
REGISTER_PRIMITIVE(LessEqual, comparison(CompareKind::kLessEqual));
REGISTER_PRIMITIVE(Greater, comparison(CompareKind::kGreater));
REGISTER_PRIMITIVE(GreaterEqual, comparison(CompareKind::kGreaterEqual));

}  // namespace
}  // namespace mindird::mindir
