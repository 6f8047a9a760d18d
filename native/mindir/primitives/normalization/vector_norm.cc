// Norms of vectors along axes, out of reductions.
#include <cmath>

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

/// The sum of |x|^p, and its root: for p 0 how many are not zero, for infinity the largest, for minus infinity the smallest.
Result<ir::ValueId> norm(Call& call, ir::ValueId x, double p, const std::vector<int64_t>& axes, bool keep_dims) {
  if (p == 2) {
    TRY_ASSIGN(const ir::ValueId squares, call.unary(UnaryKind::kSquare, x));
    TRY_ASSIGN(const ir::ValueId sum, call.reduce(ReduceKind::kSum, squares, axes, keep_dims));
    return call.unary(UnaryKind::kSqrt, sum);
  }
  if (p == 0) {
    TRY_ASSIGN(const ir::ValueId is_set, call.cast(x, DType::kBool));
    TRY_ASSIGN(const ir::ValueId ones, call.cast(is_set, call.type(x).dtype));
    return call.reduce(ReduceKind::kSum, ones, axes, keep_dims);
  }
  TRY_ASSIGN(const ir::ValueId sizes, call.unary(UnaryKind::kAbs, x));
  if (std::isinf(p)) return call.reduce(p > 0 ? ReduceKind::kMax : ReduceKind::kMin, sizes, axes, keep_dims);
  if (p == 1) return call.reduce(ReduceKind::kSum, sizes, axes, keep_dims);
  TRY_ASSIGN(const ir::ValueId powers, call.binary(BinaryKind::kPow, sizes, p));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ReduceKind::kSum, powers, axes, keep_dims));
  return call.binary(BinaryKind::kPow, sum, 1.0 / p);
}

/// The element type at input 4, or that of x; integers become float32.
Result<ir::ValueId> in_type(Call& call, ir::ValueId x, size_t position) {
  if (call.has("dtype", position)) {
    TRY_ASSIGN(const DType dtype, call.element_type("dtype", position));
    return call.cast(x, dtype);
  }
  return is_floating(call.type(x).dtype) ? Result<ir::ValueId>(x) : call.cast(x, DType::kF32);
}

/// (x, p, dim, keepdim, dtype)
Result<Item> lower_norm(Call& call) {
  TRY_ASSIGN(const ir::ValueId given, call.tensor(0));
  TRY_ASSIGN(const double p, call.number(call.op() == "Norm" ? "p" : "ord", 1, 2.0));
  if (std::isnan(p)) return unsupported("the order of the norm is NaN");
  TRY_ASSIGN(const auto dims, call.integers("dim", 2, std::vector<int64_t>()));
  TRY_ASSIGN(const auto axes, call.axes(dims, call.rank(given), true));
  TRY_ASSIGN(const bool keep_dims, call.flag("keepdim", 3, false));
  TRY_ASSIGN(const ir::ValueId x, in_type(call, given, 4));
  return call.result(norm(call, x, p, axes, keep_dims));
}

/// (x, p, dim, keepdim, epsilon): at least epsilon.
Result<Item> lower_lp_norm_v2(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const double p, call.number("p", 1, 2.0));
  if (std::isnan(p)) return unsupported("the order of the norm is NaN");
  TRY_ASSIGN(const auto dims, call.integers("dim", 2, std::vector<int64_t>()));
  TRY_ASSIGN(const auto axes, call.axes(dims, call.rank(x), true));
  TRY_ASSIGN(const bool keep_dims, call.flag("keepdim", 3, false));
  TRY_ASSIGN(const double epsilon, call.number("epsilon", 4, 1e-12));
  TRY_ASSIGN(const ir::ValueId y, norm(call, x, p, axes, keep_dims));
  return call.result(call.binary(BinaryKind::kMaximum, y, epsilon));
}

REGISTER_PRIMITIVE(LinalgVectorNorm, lower_norm);
REGISTER_PRIMITIVE(Norm, lower_norm);
REGISTER_PRIMITIVE(LpNormV2, lower_lp_norm_v2);
REGISTER_PRIMITIVE(L2Normalize, lower_l2_normalize);
REGISTER_PRIMITIVE(LpNorm, lower_lp_norm);

}  // namespace
}  // namespace mindird::mindir
