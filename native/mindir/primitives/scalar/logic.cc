// Comparisons of Python numbers and texts, and logic on bools and on the bits of integers.
#include "base/strings.h"
#include "mindir/primitives/elementwise/promote.h"
#include "mindir/primitives/scalar/number.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;

bool holds(CompareKind kind, const Number& x, const Number& y) {
  switch (kind) {
    case CompareKind::kEqual: return equal(x, y);
    case CompareKind::kNotEqual: return !equal(x, y);
    case CompareKind::kLess: return less(x, y);
    case CompareKind::kLessEqual: return less(x, y) || equal(x, y);
    case CompareKind::kGreater: return less(y, x);
    default: return less(y, x) || equal(x, y);
  }
}

LowerFunction comparison(CompareKind kind) {
  return [kind](Call& call) -> Result<Item> {
    const auto x = known_number(call.input(0));
    const auto y = known_number(call.input(1));
    if (x && y) return Item(holds(kind, *x, *y));
    const auto* s = call.input(0).as<std::string>();
    const auto* t = call.input(1).as<std::string>();
    if (s && t && kind == CompareKind::kEqual) return Item(*s == *t);
    if (s && t && kind == CompareKind::kNotEqual) return Item(*s != *t);
    TRY_ASSIGN(const auto pair, operands(call));
    TRY_ASSIGN(const ir::ValueId value, call.compare(kind, pair.first, pair.second));
    return call.scalar_result(value);
  };
}

/// Python's `is` (`is not`), as far as it is about None, True and False, of which there is one each.
LowerFunction identity(bool wanted) {
  return [wanted](Call& call) -> Result<Item> {
    const Item& x = call.input(0);
    const Item& y = call.input(1);
    if (x.is_none() || y.is_none()) return Item((x.is_none() && y.is_none()) == wanted);
    const bool* p = x.as<bool>();
    const bool* q = y.as<bool>();
    if (p && q) return Item((*p == *q) == wanted);
    const Item& other = p ? y : x;
    const auto* computed = other.as<Computed>();
    if ((!p && !q) || (computed && computed->is_scalar)) return unsupported(str("whether ", x.text(), " is ", y.text()));
    return Item(!wanted);
  };
}

/// A number as a bool: known, or a tensor of rank 0.
Result<ir::ValueId> truth(Call& call, size_t position) {
  TRY_ASSIGN(const ir::ValueId value, call.tensor(position));
  return call.cast(value, DType::kBool);
}

Result<Item> lower_bool(Call& call) {
  if (const auto x = known_number(call.input(0))) return Item(real(*x) != 0);
  TRY_ASSIGN(const ir::ValueId value, truth(call, 0));
  return call.scalar_result(value);
}

Result<Item> lower_not(Call& call) {
  if (const auto x = known_number(call.input(0))) return Item(real(*x) == 0);
  TRY_ASSIGN(const ir::ValueId value, truth(call, 0));
  TRY_ASSIGN(const ir::ValueId inverse, call.unary(ops::UnaryKind::kLogicalNot, value));
  return call.scalar_result(inverse);
}

LowerFunction logic(BinaryKind kind) {
  return [kind](Call& call) -> Result<Item> {
    const auto x = known_number(call.input(0));
    const auto y = known_number(call.input(1));
    if (x && y) {
      const bool a = real(*x) != 0;
      const bool b = real(*y) != 0;
      return Item(kind == BinaryKind::kLogicalAnd ? a && b : a || b);
    }
    TRY_ASSIGN(const ir::ValueId a, truth(call, 0));
    TRY_ASSIGN(const ir::ValueId b, truth(call, 1));
    TRY_ASSIGN(const ir::ValueId value, call.binary(kind, a, b));
    return call.scalar_result(value);
  };
}

enum class BitKind : uint8_t { kAnd, kOr, kXor, kShiftLeft, kShiftRight };

Result<Item> on_bits(BitKind kind, int64_t x, int64_t y) {
  switch (kind) {
    case BitKind::kAnd: return Item(x & y);
    case BitKind::kOr: return Item(x | y);
    case BitKind::kXor: return Item(x ^ y);
    default: break;
  }
  constexpr int64_t kWidth = 63;
  if (y < 0) return invalid_model(str("shift by ", y));
  if (kind == BitKind::kShiftRight) return Item(x >> std::min(y, kWidth));
  int64_t result = 0;
  if (x == 0) return Item(result);
  if (y >= kWidth || __builtin_mul_overflow(x, int64_t{1} << y, &result)) return unsupported("the integer result does not fit 64 bits");
  return Item(result);
}

LowerFunction bits(BitKind kind) {
  return [kind](Call& call) -> Result<Item> {
    const auto x = known_number(call.input(0));
    const auto y = known_number(call.input(1));
    const auto i = x ? whole(*x) : std::nullopt;
    const auto j = y ? whole(*y) : std::nullopt;
    if (!i || !j) return unsupported(str("the operands are ", call.input(0).text(), " and ", call.input(1).text(), ", want known integers"));
    return on_bits(kind, *i, *j);
  };
}

REGISTER_PRIMITIVE(ScalarEq, comparison(CompareKind::kEqual));
REGISTER_PRIMITIVE(scalar_ne, comparison(CompareKind::kNotEqual));
REGISTER_PRIMITIVE(ScalarLt, comparison(CompareKind::kLess));
REGISTER_PRIMITIVE(ScalarLe, comparison(CompareKind::kLessEqual));
REGISTER_PRIMITIVE(ScalarGt, comparison(CompareKind::kGreater));
REGISTER_PRIMITIVE(ScalarGe, comparison(CompareKind::kGreaterEqual));
REGISTER_PRIMITIVE(bool_eq, comparison(CompareKind::kEqual));
REGISTER_PRIMITIVE(is_, identity(true));
REGISTER_PRIMITIVE(is_not, identity(false));
REGISTER_PRIMITIVE(string_eq, comparison(CompareKind::kEqual));
REGISTER_PRIMITIVE(ScalarBool, lower_bool);
REGISTER_PRIMITIVE(BoolNot, lower_not);
REGISTER_PRIMITIVE(bool_and, logic(BinaryKind::kLogicalAnd));
REGISTER_PRIMITIVE(bool_or, logic(BinaryKind::kLogicalOr));
REGISTER_PRIMITIVE(bit_and, bits(BitKind::kAnd));
REGISTER_PRIMITIVE(bit_or, bits(BitKind::kOr));
REGISTER_PRIMITIVE(bit_xor, bits(BitKind::kXor));
REGISTER_PRIMITIVE(bit_left_shift, bits(BitKind::kShiftLeft));
REGISTER_PRIMITIVE(bit_right_shift, bits(BitKind::kShiftRight));

}  // namespace
}  // namespace mindird::mindir
