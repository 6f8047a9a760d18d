// Norms of parts of a tensor brought below a bound.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;
using ops::UnaryKind;

/// The sum of |x|^p over axes, to the power of 1/p; the axes stay with size 1.
Result<ir::ValueId> norm(Call& call, ir::ValueId x, std::vector<int64_t> axes, double p) {
  TRY_ASSIGN(const ir::ValueId sizes, call.unary(UnaryKind::kAbs, x));
  TRY_ASSIGN(const ir::ValueId powers, call.binary(BinaryKind::kPow, sizes, p));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ReduceKind::kSum, powers, std::move(axes), true));
  return call.binary(BinaryKind::kPow, sum, 1 / p);
}

/// Each slice along `dim` whose p-norm is above maxnorm is scaled down to it. (The divisor is a little larger than the norm, as MindSpore has it.)
Result<Item> lower_renorm(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const double p, call.number("p", kAttributeOnly));
  TRY_ASSIGN(const int64_t given, call.integer("dim", kAttributeOnly));
  TRY_ASSIGN(const double bound, call.number("maxnorm", kAttributeOnly));
  TRY_ASSIGN(const size_t dim, call.axis(given, call.rank(x)));
  if (!(p > 0)) return unsupported(str("p is ", p, ", want a number above 0"));
  std::vector<int64_t> axes;
  for (size_t d = 0; d < call.rank(x); ++d) {
    if (d != dim) axes.push_back(static_cast<int64_t>(d));
  }
  const DType dtype = call.type(x).dtype;
  TRY_ASSIGN(const ir::ValueId size, norm(call, x, std::move(axes), p));
  TRY_ASSIGN(const ir::ValueId most, call.scalar(bound, dtype));
  TRY_ASSIGN(const ir::ValueId one, call.scalar(1, dtype));
  TRY_ASSIGN(const ir::ValueId divisor, call.binary(BinaryKind::kAdd, size, 1e-7));
  TRY_ASSIGN(const ir::ValueId shrink, call.binary(BinaryKind::kDiv, most, divisor));
  TRY_ASSIGN(const ir::ValueId above, call.compare(ops::CompareKind::kGreater, size, most));
  TRY_ASSIGN(const ir::ValueId factor, call.select(above, shrink, one));
  return call.result(call.binary(BinaryKind::kMul, x, factor));
}

/// x clip / max(|x|, clip), the norm over the axes given or all.
Result<Item> lower_clip_by_norm(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId given_clip, call.tensor(1));
  TRY_ASSIGN(const ir::ValueId clip, call.cast(given_clip, call.type(x).dtype));
  TRY_ASSIGN(const auto given, call.integers("axis", kAttributeOnly, std::vector<int64_t>()));
  TRY_ASSIGN(const auto axes, call.axes(given, call.rank(x), true));
  TRY_ASSIGN(const ir::ValueId squares, call.unary(UnaryKind::kSquare, x));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ReduceKind::kSum, squares, axes, true));
  TRY_ASSIGN(const ir::ValueId size, call.unary(UnaryKind::kSqrt, sum));
  TRY_ASSIGN(const ir::ValueId divisor, call.binary(BinaryKind::kMaximum, size, clip));
  TRY_ASSIGN(const ir::ValueId scaled, call.binary(BinaryKind::kMul, x, clip));
  return call.result(call.binary(BinaryKind::kDiv, scaled, divisor));
}

REGISTER_PRIMITIVE(Renorm, lower_renorm);
REGISTER_PRIMITIVE(ClipByNorm, lower_clip_by_norm);

}  // namespace
}  // namespace mindird::mindir
