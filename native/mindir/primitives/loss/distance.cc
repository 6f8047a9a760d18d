// Losses of distances: SmoothL1Loss, MSELossExt, L2Loss, KLDivLoss, SoftMarginLoss, TripletMarginLoss.
#include <cmath>

#include "base/strings.h"
#include "mindir/primitives/loss/reduction.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;
using ops::UnaryKind;

/// With d = |x - y|: d^2 / (2 beta) below beta, d - beta / 2 from there on. Files without a reduction keep the elements.
Result<Item> lower_smooth_l1(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId y, call.tensor(1));
  TRY_ASSIGN(const double beta, call.number("beta", 2));
  TRY_ASSIGN(const LossReduction reduction, loss_reduction(call, 3, LossReduction::kNone));
  if (!(beta > 0)) return unsupported(str("beta is ", beta, ", want more than 0"));
  TRY_ASSIGN(const ir::ValueId difference, call.binary(BinaryKind::kSub, x, y));
  TRY_ASSIGN(const ir::ValueId size, call.unary(UnaryKind::kAbs, difference));
  TRY_ASSIGN(const ir::ValueId squares, call.unary(UnaryKind::kSquare, size));
  TRY_ASSIGN(const ir::ValueId near, call.binary(BinaryKind::kDiv, squares, 2 * beta));
  TRY_ASSIGN(const ir::ValueId far, call.binary(BinaryKind::kSub, size, beta / 2));
  TRY_ASSIGN(const ir::ValueId bound, call.scalar(beta, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId is_near, call.compare(CompareKind::kLess, size, bound));
  TRY_ASSIGN(const ir::ValueId loss, call.select(is_near, near, far));
  return call.result(reduce_loss(call, loss, reduction));
}

/// The squares of the differences.
Result<Item> lower_mse_loss(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId y, call.tensor(1));
  TRY_ASSIGN(const LossReduction reduction, loss_reduction(call, 2));
  TRY_ASSIGN(const ir::ValueId difference, call.binary(BinaryKind::kSub, x, y));
  TRY_ASSIGN(const ir::ValueId squares, call.unary(UnaryKind::kSquare, difference));
  return call.result(reduce_loss(call, squares, reduction));
}

/// Half the sum of squares.
Result<Item> lower_l2_loss(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId squares, call.unary(UnaryKind::kSquare, x));
  TRY_ASSIGN(const ir::ValueId sum, reduce_loss(call, squares, LossReduction::kSum));
  return call.result(call.binary(BinaryKind::kMul, sum, 0.5));
}

/// target (log(target) - x), 0 where target is not above 0; "batchmean" divides the sum by the rows.
Result<Item> lower_kl_div(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId target, call.tensor(1));
  TRY_ASSIGN(const std::string reduction, call.text("reduction"));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId log, call.unary(UnaryKind::kLog, target));
  TRY_ASSIGN(const ir::ValueId difference, call.binary(BinaryKind::kSub, log, x));
  TRY_ASSIGN(const ir::ValueId product, call.binary(BinaryKind::kMul, target, difference));
  TRY_ASSIGN(const ir::ValueId counts, call.compare(CompareKind::kGreater, target, zero));
  TRY_ASSIGN(const ir::ValueId loss, call.select(counts, product, zero));
  if (reduction != "BATCHMEAN") {
    TRY_ASSIGN(const LossReduction known, loss_reduction(call, kAttributeOnly));
    return call.result(reduce_loss(call, loss, known));
  }
  TRY(call.want_known(x));
  if (call.rank(x) == 0) return invalid_model("the input has rank 0, want 1 or more");
  TRY_ASSIGN(const ir::ValueId sum, reduce_loss(call, loss, LossReduction::kSum));
  return call.result(call.binary(BinaryKind::kDiv, sum, static_cast<double>(call.shape(x)[0])));
}

/// log(1 + exp(-x y))
Result<Item> lower_soft_margin(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId y, call.tensor(1));
  TRY_ASSIGN(const LossReduction reduction, loss_reduction(call, 2));
  TRY_ASSIGN(const ir::ValueId product, call.binary(BinaryKind::kMul, x, y));
  TRY_ASSIGN(const ir::ValueId log, call.unary(UnaryKind::kLogSigmoid, product));
  TRY_ASSIGN(const ir::ValueId loss, call.unary(UnaryKind::kNeg, log));
  return call.result(reduce_loss(call, loss, reduction));
}

/// (sum over dimension 1 of |x - y + eps|^p)^(1/p)
Result<ir::ValueId> p_distance(Call& call, ir::ValueId x, ir::ValueId y, int64_t p, double eps) {
  TRY_ASSIGN(const ir::ValueId difference, call.binary(BinaryKind::kSub, x, y));
  TRY_ASSIGN(const ir::ValueId shifted, call.binary(BinaryKind::kAdd, difference, eps));
  TRY_ASSIGN(const ir::ValueId size, call.unary(UnaryKind::kAbs, shifted));
  TRY_ASSIGN(const ir::ValueId powers, call.binary(BinaryKind::kPow, size, static_cast<double>(p)));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ops::ReduceKind::kSum, powers, {1}, false));
  return call.binary(BinaryKind::kPow, sum, 1.0 / static_cast<double>(p));
}

/// max(distance to the positive - distance to the negative + margin, 0); with swap the negative's is the smaller one of those to x and to the positive.
Result<Item> lower_triplet_margin(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId positive, call.tensor(1));
  TRY_ASSIGN(const ir::ValueId negative, call.tensor(2));
  TRY_ASSIGN(const double margin, call.number("margin", 3));
  TRY_ASSIGN(const int64_t p, call.integer("p", kAttributeOnly));
  TRY_ASSIGN(const bool swap, call.flag("swap", kAttributeOnly));
  TRY_ASSIGN(const double eps, call.number("eps", kAttributeOnly));
  TRY_ASSIGN(const LossReduction reduction, loss_reduction(call, kAttributeOnly));
  if (call.rank(x) < 2 || p < 1) return unsupported(str("x is ", call.type(x).text(), " and p is ", p, ", want rank 2 or more and p from 1"));
  TRY_ASSIGN(const ir::ValueId near, p_distance(call, x, positive, p, eps));
  TRY_ASSIGN(ir::ValueId far, p_distance(call, x, negative, p, eps));
  if (swap) {
    TRY_ASSIGN(const ir::ValueId other, p_distance(call, positive, negative, p, eps));
    TRY_ASSIGN(far, call.binary(BinaryKind::kMinimum, far, other));
  }
  TRY_ASSIGN(const ir::ValueId difference, call.binary(BinaryKind::kSub, near, far));
  TRY_ASSIGN(const ir::ValueId above, call.binary(BinaryKind::kAdd, difference, margin));
  TRY_ASSIGN(const ir::ValueId loss, call.binary(BinaryKind::kMaximum, above, 0.0));
  return call.result(reduce_loss(call, loss, reduction));
}

REGISTER_PRIMITIVE(SmoothL1Loss, lower_smooth_l1);
REGISTER_PRIMITIVE(MSELossExt, lower_mse_loss);
REGISTER_PRIMITIVE(L2Loss, lower_l2_loss);
REGISTER_PRIMITIVE(KLDivLoss, lower_kl_div);
REGISTER_PRIMITIVE(SoftMarginLoss, lower_soft_margin);
REGISTER_PRIMITIVE(TripletMarginLoss, lower_triplet_margin);

}  // namespace
}  // namespace mindird::mindir
