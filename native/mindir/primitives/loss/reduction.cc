#include "mindir/primitives/loss/reduction.h"

#include "base/strings.h"

namespace mindird::mindir {

Result<LossReduction> loss_reduction(const Call& call, size_t position, std::optional<LossReduction> missing) {
  std::optional<int64_t> fallback;
  if (missing) fallback = static_cast<int64_t>(*missing);
  TRY_ASSIGN(const int64_t number, call.choice("reduction", position, {"sum", "mean", "none"}, fallback));
  if (number < 0 || number > 2) return unsupported(str("reduction is ", number, ", want 0 (sum), 1 (mean) or 2 (none)"));
  return static_cast<LossReduction>(number);
}

Result<ir::ValueId> reduce_loss(Call& call, ir::ValueId values, LossReduction reduction) {
  if (reduction == LossReduction::kNone) return values;
  TRY_ASSIGN(const auto axes, call.axes({}, call.rank(values), true));
  return call.reduce(reduction == LossReduction::kMean ? ops::ReduceKind::kMean : ops::ReduceKind::kSum, values, axes, false);
}

}  // namespace mindird::mindir
