// Bounds on elements: ClampScalar, ClampTensor, Hardtanh. A bound that is None does not bind.
#include "mindir/primitives/elementwise/promote.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

Result<Item> clamp(Call& call) {
  std::vector<size_t> given = {0};
  for (const size_t position : {size_t{1}, size_t{2}}) {
    if (!call.input(position).is_none()) given.push_back(position);
  }
  TRY_ASSIGN(const auto values, operands(call, given));
  ir::ValueId y = values[0];
  size_t next = 1;
  if (!call.input(1).is_none()) {
    TRY_ASSIGN(y, call.binary(BinaryKind::kMaximum, y, values[next++]));
  }
  if (!call.input(2).is_none()) {
    TRY_ASSIGN(y, call.binary(BinaryKind::kMinimum, y, values[next]));
  }
  return Item(Computed{y});
}

/// Two numbers and a tensor that keeps its type are one operator.
Result<Item> lower_clamp_scalar(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  const auto low = number_of(call.input(1));
  const auto high = number_of(call.input(2));
  if (!low || !high || !is_floating(call.type(x).dtype)) return clamp(call);
  return call.result(call.unary(ops::UnaryKind::kClip, x, *low, *high));
}

Result<Item> lower_hardtanh(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const double low, call.number("min_val", 1, -1.0));
  TRY_ASSIGN(const double high, call.number("max_val", 2, 1.0));
  return call.result(call.unary(ops::UnaryKind::kClip, x, low, high));
}

REGISTER_PRIMITIVE(ClampScalar, lower_clamp_scalar);
REGISTER_PRIMITIVE(ClampTensor, clamp);
REGISTER_PRIMITIVE(Hardtanh, lower_hardtanh);

}  // namespace
}  // namespace mindird::mindir
