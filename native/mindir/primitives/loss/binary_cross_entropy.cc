// Cross entropies of yes and no, of probabilities or of logits.
#include "mindir/primitives/loss/reduction.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::UnaryKind;

/// max(x, 0) - x z + log(1 + exp(-|x|))
Result<Item> lower_sigmoid_cross_entropy(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId label, call.tensor(1));
  TRY_ASSIGN(const ir::ValueId positive, call.binary(BinaryKind::kMaximum, x, 0.0));
  TRY_ASSIGN(const ir::ValueId product, call.binary(BinaryKind::kMul, x, label));
  TRY_ASSIGN(const ir::ValueId size, call.unary(UnaryKind::kAbs, x));
  TRY_ASSIGN(const ir::ValueId negated, call.unary(UnaryKind::kNeg, size));
  TRY_ASSIGN(const ir::ValueId power, call.unary(UnaryKind::kExp, negated));
  TRY_ASSIGN(const ir::ValueId log, call.unary(UnaryKind::kLog1p, power));
  TRY_ASSIGN(const ir::ValueId difference, call.binary(BinaryKind::kSub, positive, product));
  return call.result(call.binary(BinaryKind::kAdd, difference, log));
}

/// An optional weight, or nothing; "weight" may also be missing at the end.
Result<std::optional<ir::ValueId>> optional_tensor(Call& call, size_t position) {
  if (call.input(position).is_none()) return std::optional<ir::ValueId>();
  TRY_ASSIGN(const ir::ValueId value, call.tensor(position));
  return std::optional<ir::ValueId>(value);
}

Result<ir::ValueId> weighed(Call& call, ir::ValueId value, std::optional<ir::ValueId> weight) {
  if (!weight) return value;
  return call.binary(BinaryKind::kMul, value, *weight);
}

/// weight * -(pos_weight z log(sigmoid(x)) + (1 - z) log(1 - sigmoid(x)))
Result<Item> lower_with_logits(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId label, call.tensor(1));
  TRY_ASSIGN(const auto weight, optional_tensor(call, 2));
  TRY_ASSIGN(const auto positive_weight, optional_tensor(call, 3));
  TRY_ASSIGN(const LossReduction reduction, loss_reduction(call, 4));
  TRY_ASSIGN(const ir::ValueId log_yes, call.unary(UnaryKind::kLogSigmoid, x));
  TRY_ASSIGN(const ir::ValueId negated, call.unary(UnaryKind::kNeg, x));
  TRY_ASSIGN(const ir::ValueId log_no, call.unary(UnaryKind::kLogSigmoid, negated));
  TRY_ASSIGN(ir::ValueId yes, call.binary(BinaryKind::kMul, label, log_yes));
  TRY_ASSIGN(yes, weighed(call, yes, positive_weight));
  TRY_ASSIGN(const ir::ValueId one, call.scalar(1, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId rest, call.binary(BinaryKind::kSub, one, label));
  TRY_ASSIGN(const ir::ValueId no, call.binary(BinaryKind::kMul, rest, log_no));
  TRY_ASSIGN(const ir::ValueId sum, call.binary(BinaryKind::kAdd, yes, no));
  TRY_ASSIGN(ir::ValueId loss, call.unary(UnaryKind::kNeg, sum));
  TRY_ASSIGN(loss, weighed(call, loss, weight));
  return call.result(reduce_loss(call, loss, reduction));
}

/// log(x + 1e-12), as MindSpore's CPU kernel keeps the logarithm of 0 finite.
Result<ir::ValueId> safe_log(Call& call, ir::ValueId x) {
  TRY_ASSIGN(const ir::ValueId shifted, call.binary(BinaryKind::kAdd, x, 1e-12));
  return call.unary(UnaryKind::kLog, shifted);
}

/// -weight (z log(x) + (1 - z) log(1 - x))
Result<Item> lower_of_probabilities(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId label, call.tensor(1));
  TRY_ASSIGN(const auto weight, optional_tensor(call, 2));
  TRY_ASSIGN(const LossReduction reduction, loss_reduction(call, 3));
  TRY_ASSIGN(const ir::ValueId one, call.scalar(1, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId other_x, call.binary(BinaryKind::kSub, one, x));
  TRY_ASSIGN(const ir::ValueId other_label, call.binary(BinaryKind::kSub, one, label));
  TRY_ASSIGN(const ir::ValueId log_yes, safe_log(call, x));
  TRY_ASSIGN(const ir::ValueId log_no, safe_log(call, other_x));
  TRY_ASSIGN(const ir::ValueId yes, call.binary(BinaryKind::kMul, label, log_yes));
  TRY_ASSIGN(const ir::ValueId no, call.binary(BinaryKind::kMul, other_label, log_no));
  TRY_ASSIGN(const ir::ValueId sum, call.binary(BinaryKind::kAdd, yes, no));
  TRY_ASSIGN(ir::ValueId loss, call.unary(UnaryKind::kNeg, sum));
  TRY_ASSIGN(loss, weighed(call, loss, weight));
  return call.result(reduce_loss(call, loss, reduction));
}

REGISTER_PRIMITIVE(SigmoidCrossEntropyWithLogits, lower_sigmoid_cross_entropy);
REGISTER_PRIMITIVE(BCEWithLogitsLoss, lower_with_logits);
REGISTER_PRIMITIVE(BinaryCrossEntropy, lower_of_probabilities);

}  // namespace
}  // namespace mindird::mindir
