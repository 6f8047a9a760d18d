// Products and quotients that are zero where one operand is, whatever the other one holds: DivNoNan and MulNoNan look at y, Xdivy and Xlogy at x.
#include "mindir/primitives/elementwise/promote.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

/// Zero where `key` is zero, `value` elsewhere.
Result<ir::ValueId> zero_where_zero(Call& call, ir::ValueId key, ir::ValueId value) {
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(key).dtype));
  TRY_ASSIGN(const ir::ValueId is_zero, call.compare(ops::CompareKind::kEqual, key, zero));
  return call.select(is_zero, zero, value);
}

LowerFunction zero_by_second(BinaryKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const auto pair, operands(call));
    TRY_ASSIGN(const ir::ValueId value, call.binary(kind, pair.first, pair.second));
    return call.result(zero_where_zero(call, pair.second, value));
  };
}

Result<Item> lower_xdivy(Call& call) {
  TRY_ASSIGN(const auto pair, floating_operands(call));
  TRY_ASSIGN(const ir::ValueId value, call.binary(BinaryKind::kDiv, pair.first, pair.second));
  return call.result(zero_where_zero(call, pair.first, value));
}

/// x log(y)
Result<Item> lower_xlogy(Call& call) {
  TRY_ASSIGN(const auto pair, floating_operands(call));
  TRY_ASSIGN(const ir::ValueId log, call.unary(ops::UnaryKind::kLog, pair.second));
  TRY_ASSIGN(const ir::ValueId value, call.binary(BinaryKind::kMul, pair.first, log));
  return call.result(zero_where_zero(call, pair.first, value));
}

REGISTER_PRIMITIVE(DivNoNan, zero_by_second(BinaryKind::kDiv));
REGISTER_PRIMITIVE(MulNoNan, zero_by_second(BinaryKind::kMul));
REGISTER_PRIMITIVE(Xdivy, lower_xdivy);
REGISTER_PRIMITIVE(Xlogy, lower_xlogy);

}  // namespace
}  // namespace mindird::mindir
