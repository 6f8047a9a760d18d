// Comparisons that allow for a distance.
#include "mindir/primitives/elementwise/promote.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;
using ops::UnaryKind;

Result<ir::ValueId> distance(Call& call, ir::ValueId x, ir::ValueId y) {
  TRY_ASSIGN(const ir::ValueId difference, call.binary(BinaryKind::kSub, x, y));
  return call.unary(UnaryKind::kAbs, difference);
}

/// |x - y| < tolerance
Result<Item> lower_approximate_equal(Call& call) {
  TRY_ASSIGN(const auto pair, operands(call));
  TRY_ASSIGN(const double tolerance, call.number("tolerance", kAttributeOnly, 1e-5));
  TRY_ASSIGN(const ir::ValueId way, distance(call, pair.first, pair.second));
  TRY_ASSIGN(const ir::ValueId bound, call.scalar(tolerance, call.type(way).dtype));
  return call.result(call.compare(CompareKind::kLess, way, bound));
}

/// Equal, or both finite and |x - y| <= atol + rtol |y|; NaN is close to NaN when the file says so.
Result<Item> lower_is_close(Call& call) {
  TRY_ASSIGN(const auto pair, floating_operands(call));
  const auto [x, y] = pair;
  TRY_ASSIGN(const double rtol, call.number("rtol", 2, 1e-5));
  TRY_ASSIGN(const double atol, call.number("atol", 3, 1e-8));
  TRY_ASSIGN(const bool equal_nan, call.flag("equal_nan", 4, false));
  TRY_ASSIGN(const ir::ValueId way, distance(call, x, y));
  TRY_ASSIGN(const ir::ValueId size, call.unary(UnaryKind::kAbs, y));
  TRY_ASSIGN(const ir::ValueId relative, call.binary(BinaryKind::kMul, size, rtol));
  TRY_ASSIGN(const ir::ValueId bound, call.binary(BinaryKind::kAdd, relative, atol));
  TRY_ASSIGN(const ir::ValueId near, call.compare(CompareKind::kLessEqual, way, bound));
  // An infinite bound would make everything close.
  TRY_ASSIGN(const ir::ValueId finite, call.unary(UnaryKind::kIsFinite, bound));
  TRY_ASSIGN(const ir::ValueId close, call.binary(BinaryKind::kLogicalAnd, near, finite));
  TRY_ASSIGN(const ir::ValueId equal, call.compare(CompareKind::kEqual, x, y));
  TRY_ASSIGN(const ir::ValueId numbers, call.binary(BinaryKind::kLogicalOr, close, equal));
  if (!equal_nan) return Item(Computed{numbers});
  TRY_ASSIGN(const ir::ValueId x_nan, call.unary(UnaryKind::kIsNan, x));
  TRY_ASSIGN(const ir::ValueId y_nan, call.unary(UnaryKind::kIsNan, y));
  TRY_ASSIGN(const ir::ValueId both, call.binary(BinaryKind::kLogicalAnd, x_nan, y_nan));
  return call.result(call.binary(BinaryKind::kLogicalOr, numbers, both));
}

REGISTER_PRIMITIVE(ApproximateEqual, lower_approximate_equal);
REGISTER_PRIMITIVE(IsClose, lower_is_close);

}  // namespace
}  // namespace mindird::mindir
