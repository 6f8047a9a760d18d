// Norms of vectors along axes, out of reductions.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;
using ops::UnaryKind;

/// x / sqrt(max(sum of squares, epsilon))
Result<Item> lower_l2_normalize(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const auto given, call.integers("axis", kAttributeOnly));
  TRY_ASSIGN(const auto axes, call.axes(given, call.rank(x), true));
  TRY_ASSIGN(const double epsilon, call.number("epsilon", kAttributeOnly, 1e-4));
  TRY_ASSIGN(const ir::ValueId squares, call.unary(UnaryKind::kSquare, x));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ReduceKind::kSum, squares, axes, true));
  TRY_ASSIGN(const ir::ValueId bounded, call.binary(BinaryKind::kMaximum, sum, epsilon));
  TRY_ASSIGN(const ir::ValueId norm, call.unary(UnaryKind::kSqrt, bounded));
  return call.result(call.binary(BinaryKind::kDiv, x, norm));
}

/// (sum of |x|^p)^(1/p), at least epsilon
Result<Item> lower_lp_norm(Call& call) {
  TRY_ASSIGN(ir::ValueId y, call.tensor(0));
  TRY_ASSIGN(const auto given, call.integers("axis", kAttributeOnly));
  TRY_ASSIGN(const auto axes, call.axes(given, call.rank(y), true));
  TRY_ASSIGN(const int64_t p, call.integer("p", kAttributeOnly, 2));
  TRY_ASSIGN(const bool keep_dims, call.flag("keep_dims", kAttributeOnly, false));
  TRY_ASSIGN(const double epsilon, call.number("epsilon", kAttributeOnly, 1e-12));
  if (p < 1) return unsupported(str("p is ", p, ", want 1 or more"));
  TRY_ASSIGN(y, call.unary(p == 2 ? UnaryKind::kSquare : UnaryKind::kAbs, y));
  if (p > 2) {
    TRY_ASSIGN(y, call.binary(BinaryKind::kPow, y, static_cast<double>(p)));
  }
  TRY_ASSIGN(y, call.reduce(ReduceKind::kSum, y, axes, keep_dims));
  if (p == 2) {
    TRY_ASSIGN(y, call.unary(UnaryKind::kSqrt, y));
  } else if (p > 2) {
    TRY_ASSIGN(y, call.binary(BinaryKind::kPow, y, 1.0 / static_cast<double>(p)));
  }
  return call.result(call.binary(BinaryKind::kMaximum, y, epsilon));
}

REGISTER_PRIMITIVE(L2Normalize, lower_l2_normalize);
REGISTER_PRIMITIVE(LpNorm, lower_lp_norm);

}  // namespace
}  // namespace mindird::mindir
