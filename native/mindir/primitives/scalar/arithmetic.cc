// Arithmetic on Python numbers. Where both are known it is done at once, integers exactly and floats in single precision; otherwise it becomes nodes on
// tensors of rank 0.
#include <cmath>
#include <limits>

#include "base/strings.h"
#include "mindir/primitives/elementwise/promote.h"
#include "mindir/primitives/scalar/number.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::UnaryKind;

/// What a file asks for here is a shape or an index; a result beyond 64 bits is neither.
Status overflow() { return unsupported("the integer result does not fit 64 bits"); }

Result<Item> power(int64_t base, int64_t exponent) {
  if (exponent < 0) return float_item(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
  int64_t result = 1;
  for (int64_t i = 0; i < exponent && result != 0; ++i) {
    if (base == 1 || (base == -1 && i > 1)) return Item(base == 1 || exponent % 2 == 0 ? int64_t{1} : int64_t{-1});
    if (__builtin_mul_overflow(result, base, &result)) return overflow();
  }
  return Item(result);
}

Result<Item> on_integers(BinaryKind kind, int64_t x, int64_t y) {
  int64_t result = 0;
  switch (kind) {
    case BinaryKind::kAdd: return __builtin_add_overflow(x, y, &result) ? Result<Item>(overflow()) : Item(result);
    case BinaryKind::kSub: return __builtin_sub_overflow(x, y, &result) ? Result<Item>(overflow()) : Item(result);
    case BinaryKind::kMul: return __builtin_mul_overflow(x, y, &result) ? Result<Item>(overflow()) : Item(result);
    case BinaryKind::kMaximum: return Item(std::max(x, y));
    case BinaryKind::kMinimum: return Item(std::min(x, y));
    case BinaryKind::kPow: return power(x, y);
    default: break;
  }
  if (y == 0) return invalid_model("division by zero");
  if (kind == BinaryKind::kDiv) return float_item(static_cast<double>(x) / static_cast<double>(y));
  if (y == -1) {
    if (kind == BinaryKind::kFloorMod) return Item(int64_t{0});
    return x == std::numeric_limits<int64_t>::min() ? Result<Item>(overflow()) : Item(-x);
  }
  const int64_t rest = x % y;
  const bool crosses = rest != 0 && ((rest < 0) != (y < 0));
  if (kind == BinaryKind::kFloorDiv) return Item(x / y - (crosses ? 1 : 0));
  return Item(crosses ? rest + y : rest);
}

Result<Item> on_floats(BinaryKind kind, float x, float y) {
  const bool divides = kind == BinaryKind::kDiv || kind == BinaryKind::kFloorDiv || kind == BinaryKind::kFloorMod;
  if (divides && y == 0) return invalid_model("division by zero");
  switch (kind) {
    case BinaryKind::kAdd: return float_item(x + y);
    case BinaryKind::kSub: return float_item(x - y);
    case BinaryKind::kMul: return float_item(x * y);
    case BinaryKind::kMaximum: return float_item(std::max(x, y));
    case BinaryKind::kMinimum: return float_item(std::min(x, y));
    case BinaryKind::kPow: return float_item(std::pow(x, y));
    case BinaryKind::kDiv: return float_item(x / y);
    case BinaryKind::kFloorDiv: return float_item(std::floor(x / y));
    default: {
      const float rest = std::fmod(x, y);
      return float_item(rest != 0 && ((rest < 0) != (y < 0)) ? rest + y : rest);
    }
  }
}

LowerFunction arithmetic(BinaryKind kind) {
  return [kind](Call& call) -> Result<Item> {
    const auto x = known_number(call.input(0));
    const auto y = known_number(call.input(1));
    if (!x || !y) {
      TRY_ASSIGN(const auto pair, kind == BinaryKind::kDiv ? floating_operands(call) : operands(call));
      TRY_ASSIGN(const ir::ValueId value, call.binary(kind, pair.first, pair.second));
      return call.scalar_result(value);
    }
    const auto i = whole(*x);
    const auto j = whole(*y);
    if (i && j) return on_integers(kind, *i, *j);
    return on_floats(kind, static_cast<float>(real(*x)), static_cast<float>(real(*y)));
  };
}

Result<Item> lower_negative(Call& call) {
  const auto x = known_number(call.input(0));
  if (!x) {
    TRY_ASSIGN(const ir::ValueId value, call.tensor(0));
    TRY_ASSIGN(const ir::ValueId negative, call.unary(UnaryKind::kNeg, value));
    return call.scalar_result(negative);
  }
  const auto i = whole(*x);
  return i ? on_integers(BinaryKind::kSub, 0, *i) : Result<Item>(float_item(-real(*x)));
}

Result<Item> lower_positive(Call& call) { return call.input(0); }

/// A function into the floats.
LowerFunction function(UnaryKind kind, double (*known)(double)) {
  return [kind, known](Call& call) -> Result<Item> {
    if (const auto x = known_number(call.input(0))) return float_item(known(real(*x)));
    TRY_ASSIGN(const ir::ValueId given, call.tensor(0));
    TRY_ASSIGN(const ir::ValueId x, call.cast(given, DType::kF32));
    TRY_ASSIGN(const ir::ValueId value, call.unary(kind, x));
    return call.scalar_result(value);
  };
}

REGISTER_PRIMITIVE(ScalarAdd, arithmetic(BinaryKind::kAdd));
REGISTER_PRIMITIVE(ScalarSub, arithmetic(BinaryKind::kSub));
REGISTER_PRIMITIVE(ScalarMul, arithmetic(BinaryKind::kMul));
REGISTER_PRIMITIVE(ScalarDiv, arithmetic(BinaryKind::kDiv));
REGISTER_PRIMITIVE(ScalarFloorDiv, arithmetic(BinaryKind::kFloorDiv));
REGISTER_PRIMITIVE(ScalarMod, arithmetic(BinaryKind::kFloorMod));
REGISTER_PRIMITIVE(ScalarPow, arithmetic(BinaryKind::kPow));
REGISTER_PRIMITIVE(ScalarMax, arithmetic(BinaryKind::kMaximum));
REGISTER_PRIMITIVE(ScalarMin, arithmetic(BinaryKind::kMinimum));
REGISTER_PRIMITIVE(ScalarUsub, lower_negative);
REGISTER_PRIMITIVE(ScalarUadd, lower_positive);
REGISTER_PRIMITIVE(ScalarLog, function(UnaryKind::kLog, [](double x) { return std::log(x); }));

}  // namespace
}  // namespace mindird::mindir
