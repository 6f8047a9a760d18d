// Losses whose target is a class: NLLLoss and MultiMarginLoss.
#include "base/strings.h"
#include "mindir/primitives/loss/reduction.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/gather_elements.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;

/// Element [n, class of n] of each row, as [N].
Result<ir::ValueId> at_class(Call& call, ir::ValueId x, ir::ValueId classes) {
  const int64_t rows = call.shape(x)[0];
  TRY_ASSIGN(const ir::ValueId column, call.reshape(classes, {rows, 1}));
  auto op = std::make_shared<ops::GatherElements>();
  op->axis = 1;
  TRY_ASSIGN(const ir::ValueId chosen, call.emit(std::move(op), {x, column}));
  return call.reshape(chosen, {rows});
}

Status want_rows(Call& call, ir::ValueId x, ir::ValueId classes) {
  TRY(call.want_rank(x, 2, "the input"));
  TRY(call.want_rank(classes, 1, "the target"));
  TRY(call.want_known(x));
  if (call.shape(classes)[0] == call.shape(x)[0]) return {};
  return invalid_model(str("the target is ", call.type(classes).text(), ", want one class per row of ", call.type(x).text()));
}

/// Loss -weight[t] x[t] of each row, or their sum, or their sum over that of the weights; and the sum of the weights. Rows of class ignore_index count nothing.
Result<Item> lower_nll(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId classes, call.tensor(1));
  TRY_ASSIGN(const ir::ValueId weights, call.tensor(2));
  TRY(want_rows(call, x, classes));
  TRY_ASSIGN(const LossReduction reduction, loss_reduction(call, 3));
  TRY_ASSIGN(const int64_t ignored, call.integer("ignore_index", 4, -100));
  const DType dtype = call.type(x).dtype;
  TRY_ASSIGN(const ir::ValueId wide, call.cast(classes, DType::kI64));
  TRY_ASSIGN(const ir::ValueId ignore, call.constant({DType::kI64, {}}, std::as_bytes(std::span(&ignored, 1))));
  TRY_ASSIGN(const ir::ValueId counts, call.compare(CompareKind::kNotEqual, wide, ignore));
  TRY_ASSIGN(const ir::ValueId zero_class, call.scalar(0, DType::kI64));
  TRY_ASSIGN(const ir::ValueId safe, call.select(counts, wide, zero_class));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, dtype));
  TRY_ASSIGN(const ir::ValueId own_weights, call.emit(std::make_shared<ops::Gather>(), {weights, safe}));
  TRY_ASSIGN(const ir::ValueId weight, call.select(counts, own_weights, zero));
  TRY_ASSIGN(const ir::ValueId chosen, at_class(call, x, safe));
  TRY_ASSIGN(const ir::ValueId product, call.binary(BinaryKind::kMul, chosen, weight));
  TRY_ASSIGN(const ir::ValueId negated, call.unary(ops::UnaryKind::kNeg, product));
  TRY_ASSIGN(const ir::ValueId loss, call.select(counts, negated, zero));
  TRY_ASSIGN(const ir::ValueId total, reduce_loss(call, weight, LossReduction::kSum));
  if (reduction == LossReduction::kNone) return make_tuple({Item(Computed{loss}), Item(Computed{total})});
  TRY_ASSIGN(ir::ValueId sum, reduce_loss(call, loss, LossReduction::kSum));
  if (reduction == LossReduction::kMean) {
    TRY_ASSIGN(sum, call.binary(BinaryKind::kDiv, sum, total));
  }
  return make_tuple({Item(Computed{sum}), Item(Computed{total})});
}

/// Over all classes but the target t: the mean of max(0, margin - x[t] + x[i])^p, times weight[t].
Result<Item> lower_multi_margin(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId classes, call.tensor(1));
  TRY(want_rows(call, x, classes));
  TRY_ASSIGN(const int64_t p, call.integer("p", kAttributeOnly));
  TRY_ASSIGN(const double margin, call.number("margin", kAttributeOnly));
  TRY_ASSIGN(const LossReduction reduction, loss_reduction(call, kAttributeOnly));
  if (p != 1 && p != 2) return invalid_model(str("p is ", p, ", want 1 or 2"));
  const int64_t rows = call.shape(x)[0];
  const int64_t width = call.shape(x)[1];
  TRY_ASSIGN(const ir::ValueId chosen, at_class(call, x, classes));
  TRY_ASSIGN(const ir::ValueId column, call.reshape(chosen, {rows, 1}));
  TRY_ASSIGN(const ir::ValueId difference, call.binary(BinaryKind::kSub, x, column));
  TRY_ASSIGN(const ir::ValueId above, call.binary(BinaryKind::kAdd, difference, margin));
  TRY_ASSIGN(ir::ValueId terms, call.binary(BinaryKind::kMaximum, above, 0.0));
  if (p == 2) {
    TRY_ASSIGN(terms, call.unary(ops::UnaryKind::kSquare, terms));
  }
  // The target itself is one of the terms: the margin to that power.
  const double own = p == 2 ? std::max(margin, 0.0) * std::max(margin, 0.0) : std::max(margin, 0.0);
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ops::ReduceKind::kSum, terms, {1}, false));
  TRY_ASSIGN(const ir::ValueId others, call.binary(BinaryKind::kSub, sum, own));
  TRY_ASSIGN(ir::ValueId loss, call.binary(BinaryKind::kDiv, others, static_cast<double>(width)));
  if (!call.input(2).is_none()) {
    TRY_ASSIGN(const ir::ValueId weights, call.tensor(2));
    TRY_ASSIGN(const ir::ValueId own_weights, call.emit(std::make_shared<ops::Gather>(), {weights, classes}));
    TRY_ASSIGN(loss, call.binary(BinaryKind::kMul, loss, own_weights));
  }
  return call.result(reduce_loss(call, loss, reduction));
}

REGISTER_PRIMITIVE(NLLLoss, lower_nll);
REGISTER_PRIMITIVE(MultiMarginLoss, lower_multi_margin);

}  // namespace
}  // namespace mindird::mindir
