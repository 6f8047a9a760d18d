// Tensors scaled down where their norm is too large: ClipByNorm and Renorm.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::UnaryKind;

/// x * bound / max(norm over the axes, bound)
Result<Item> lower_clip_by_norm(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(ir::ValueId bound, call.tensor(1));
  TRY_ASSIGN(bound, call.cast(bound, call.type(x).dtype));
  std::vector<int64_t> given;
  if (call.has("axis")) {
    TRY_ASSIGN(given, call.integers("axis", kAttributeOnly));
  }
  TRY_ASSIGN(const auto axes, call.axes(given, call.rank(x), true));
  TRY_ASSIGN(const ir::ValueId squares, call.unary(UnaryKind::kSquare, x));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ops::ReduceKind::kSum, squares, axes, true));
  TRY_ASSIGN(const ir::ValueId norm, call.unary(UnaryKind::kSqrt, sum));
  TRY_ASSIGN(const ir::ValueId larger, call.binary(BinaryKind::kMaximum, norm, bound));
  TRY_ASSIGN(const ir::ValueId scaled, call.binary(BinaryKind::kMul, x, bound));
  return call.result(call.binary(BinaryKind::kDiv, scaled, larger));
}

/// Each slice along `dim` whose p-norm is above maxnorm is scaled by maxnorm / (norm + 1e-7).
Result<Item> lower_renorm(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const double p, call.number("p", kAttributeOnly));
  TRY_ASSIGN(const int64_t dim, call.integer("dim", kAttributeOnly));
  TRY_ASSIGN(const double most, call.number("maxnorm", kAttributeOnly));
  TRY_ASSIGN(const size_t kept, call.axis(dim, call.rank(x)));
  if (!(p > 0)) return unsupported(str("p is ", p, ", want more than 0"));
  std::vector<int64_t> axes;
  for (size_t i = 0; i < call.rank(x); ++i) {
    if (i != kept) axes.push_back(static_cast<int64_t>(i));
  }
  TRY_ASSIGN(const ir::ValueId size, call.unary(UnaryKind::kAbs, x));
  TRY_ASSIGN(const ir::ValueId powers, call.binary(BinaryKind::kPow, size, p));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ops::ReduceKind::kSum, powers, axes, true));
  TRY_ASSIGN(const ir::ValueId norm, call.binary(BinaryKind::kPow, sum, 1 / p));
  TRY_ASSIGN(const ir::ValueId shifted, call.binary(BinaryKind::kAdd, norm, 1e-7));
  TRY_ASSIGN(const ir::ValueId bound, call.scalar(most, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId one, call.scalar(1, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId ratio, call.binary(BinaryKind::kDiv, bound, shifted));
  TRY_ASSIGN(const ir::ValueId is_above, call.compare(ops::CompareKind::kGreater, norm, bound));
  TRY_ASSIGN(const ir::ValueId factor, call.select(is_above, ratio, one));
  return call.result(call.binary(BinaryKind::kMul, x, factor));
}

REGISTER_PRIMITIVE(ClipByNorm, lower_clip_by_norm);
REGISTER_PRIMITIVE(Renorm, lower_renorm);

}  // namespace
}  // namespace mindird::mindir
