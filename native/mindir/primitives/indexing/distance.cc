// Distances between points: Cdist, Pdist.
#include <cmath>

#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/indexing/gather.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;

/// The p-norm of the last dimension: the number of elements that are not 0 for p = 0, the largest for infinity.
Result<ir::ValueId> norm(Call& call, ir::ValueId difference, double p) {
  const std::vector<int64_t> last{static_cast<int64_t>(call.rank(difference)) - 1};
  const DType dtype = call.type(difference).dtype;
  if (p == 0) {
    TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, dtype));
    TRY_ASSIGN(const ir::ValueId other, call.compare(ops::CompareKind::kNotEqual, difference, zero));
    TRY_ASSIGN(const ir::ValueId ones, call.cast(other, dtype));
    return call.reduce(ReduceKind::kSum, ones, last, false);
  }
  TRY_ASSIGN(const ir::ValueId size, call.unary(ops::UnaryKind::kAbs, difference));
  if (std::isinf(p)) return call.reduce(ReduceKind::kMax, size, last, false);
  if (p == 1) return call.reduce(ReduceKind::kSum, size, last, false);
  if (p == 2) {
    TRY_ASSIGN(const ir::ValueId squares, call.unary(ops::UnaryKind::kSquare, difference));
    TRY_ASSIGN(const ir::ValueId sum, call.reduce(ReduceKind::kSum, squares, last, false));
    return call.unary(ops::UnaryKind::kSqrt, sum);
  }
  TRY_ASSIGN(const ir::ValueId powers, call.binary(BinaryKind::kPow, size, p));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ReduceKind::kSum, powers, last, false));
  return call.binary(BinaryKind::kPow, sum, 1 / p);
}

Result<double> power_of(Call& call, size_t position) {
  TRY_ASSIGN(const double p, call.number("p", position));
  if (!(p >= 0)) return invalid_model(str("p is ", p, ", want 0 or more"));
  return p;
}

/// From each of the P points of x to each of the R points of y, batch by batch.
Result<Item> lower_cdist(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(ir::ValueId y, call.tensor(1));
  TRY_ASSIGN(const double p, power_of(call, 2));
  if (call.rank(x) < 2 || call.rank(y) < 2) return invalid_model(str("points of types ", call.type(x).text(), " and ", call.type(y).text()));
  TRY(call.want_known(x));
  TRY(call.want_known(y));
  std::vector<int64_t> from = call.shape(x).vector();
  std::vector<int64_t> to = call.shape(y).vector();
  from.insert(from.end() - 1, 1);
  to.insert(to.end() - 2, 1);
  if (from.back() == 0) return unsupported("points without coordinates");
  TRY_ASSIGN(x, call.reshape(x, std::move(from)));
  TRY_ASSIGN(y, call.reshape(y, std::move(to)));
  TRY_ASSIGN(const ir::ValueId difference, call.binary(BinaryKind::kSub, x, y));
  return call.result(norm(call, difference, p));
}

/// Between every two points, in the order (0, 1), (0, 2), … (1, 2), ….
Result<Item> lower_pdist(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const double p, power_of(call, kAttributeOnly));
  TRY(call.want_known(x));
  TRY(call.want_rank(x, 2, "the input"));
  const int64_t points = call.shape(x)[0];
  if (points > 0 && points > kMaxMadeElements / points) return unsupported(str(points, " points"));
  if (call.shape(x)[1] == 0) return unsupported("points without coordinates");
  std::vector<int64_t> first;
  std::vector<int64_t> second;
  for (int64_t i = 0; i < points; ++i) {
    for (int64_t j = i + 1; j < points; ++j) {
      first.push_back(i);
      second.push_back(j);
    }
  }
  const auto rows = [&](const std::vector<int64_t>& chosen) -> Result<ir::ValueId> {
    TRY_ASSIGN(const ir::ValueId index, integer_constant(call, chosen, {static_cast<int64_t>(chosen.size())}));
    return call.emit(std::make_shared<ops::Gather>(), {x, index});
  };
  TRY_ASSIGN(const ir::ValueId from, rows(first));
  TRY_ASSIGN(const ir::ValueId to, rows(second));
  TRY_ASSIGN(const ir::ValueId difference, call.binary(BinaryKind::kSub, from, to));
  return call.result(norm(call, difference, p));
}

REGISTER_PRIMITIVE(Cdist, lower_cdist);
REGISTER_PRIMITIVE(Pdist, lower_pdist);

}  // namespace
}  // namespace mindird::mindir
