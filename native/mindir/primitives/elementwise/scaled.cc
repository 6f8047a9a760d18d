// Sums and products with a factor: x + alpha y, x - alpha y, x + value a b, x + value a / b, and x + weight (end - x).
#include <array>

#include "base/strings.h"
#include "mindir/primitives/elementwise/promote.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

/// y times the number at a position, 1 when it is absent; no node for 1.
Result<ir::ValueId> times(Call& call, ir::ValueId y, std::string_view name, size_t position) {
  const Item& item = call.argument(name, position);
  if (item.as<Computed>()) {
    TRY_ASSIGN(const ir::ValueId given, call.tensor(position));
    TRY_ASSIGN(const ir::ValueId factor, call.cast(given, call.type(y).dtype));
    return call.binary(BinaryKind::kMul, y, factor);
  }
  TRY_ASSIGN(const double factor, call.number(name, position, 1.0));
  if (factor == 1.0) return y;
  if (factor != static_cast<double>(static_cast<int64_t>(factor)) && !is_floating(call.type(y).dtype)) {
    return unsupported(str("argument \"", name, "\" is ", factor, " beside integers, want a whole number"));
  }
  return call.binary(BinaryKind::kMul, y, factor);
}

/// x + alpha y or x - alpha y; y is a tensor or a number.
LowerFunction scaled_sum(BinaryKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const auto pair, operands(call));
    TRY_ASSIGN(const ir::ValueId y, times(call, pair.second, "alpha", 2));
    return call.result(call.binary(kind, pair.first, y));
  };
}

/// x + value (a kind b)
LowerFunction add_product(BinaryKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const auto values, operands(call, std::array<size_t, 3>{0, 1, 2}));
    if (kind == BinaryKind::kDiv && !is_floating(call.type(values[0]).dtype)) return unsupported("division of integers, want floating-point tensors");
    TRY_ASSIGN(const ir::ValueId product, call.binary(kind, values[1], values[2]));
    TRY_ASSIGN(const ir::ValueId scaled, times(call, product, "value", 3));
    return call.result(call.binary(BinaryKind::kAdd, values[0], scaled));
  };
}

/// x + weight (end - x)
Result<Item> lower_lerp(Call& call) {
  TRY_ASSIGN(const auto ends, operands(call));
  TRY_ASSIGN(const ir::ValueId way, call.binary(BinaryKind::kSub, ends.second, ends.first));
  ir::ValueId part = 0;
  if (const auto number = number_of(call.input(2))) {
    TRY_ASSIGN(part, call.binary(BinaryKind::kMul, way, *number));
  } else {
    TRY_ASSIGN(const ir::ValueId given, call.tensor(2));
    TRY_ASSIGN(const ir::ValueId factor, call.cast(given, call.type(way).dtype));
    TRY_ASSIGN(part, call.binary(BinaryKind::kMul, way, factor));
  }
  return call.result(call.binary(BinaryKind::kAdd, ends.first, part));
}

REGISTER_PRIMITIVE(AddExt, scaled_sum(BinaryKind::kAdd));
REGISTER_PRIMITIVE(SubExt, scaled_sum(BinaryKind::kSub));
REGISTER_PRIMITIVE(AddScalar, scaled_sum(BinaryKind::kAdd));
REGISTER_PRIMITIVE(SubScalar, scaled_sum(BinaryKind::kSub));
REGISTER_PRIMITIVE(Addcmul, add_product(BinaryKind::kMul));
REGISTER_PRIMITIVE(AddcmulExt, add_product(BinaryKind::kMul));
REGISTER_PRIMITIVE(Addcdiv, add_product(BinaryKind::kDiv));
REGISTER_PRIMITIVE(AddcdivExt, add_product(BinaryKind::kDiv));
REGISTER_PRIMITIVE(Lerp, lower_lerp);
REGISTER_PRIMITIVE(LerpScalar, lower_lerp);

}  // namespace
}  // namespace mindird::mindir
