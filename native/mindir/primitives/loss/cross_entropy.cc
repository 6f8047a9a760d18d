// Cross entropy of logits: with distributions or classes as labels. Besides the loss of each row they give its gradient, softmax(logits) - labels.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/indexing/one_hot.h"
#include "ops/normalization/softmax.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

Result<ir::ValueId> softmax(Call& call, ir::ValueId x, bool log) {
  auto op = std::make_shared<ops::Softmax>();
  op->axis = 1;
  op->log = log;
  return call.emit(std::move(op), {x});
}

struct Rows {
  ir::ValueId loss = 0;      // [N]
  ir::ValueId gradient = 0;  // [N,C]
};

Result<Rows> rows_of(Call& call, ir::ValueId logits, ir::ValueId labels) {
  TRY_ASSIGN(const ir::ValueId log, softmax(call, logits, true));
  TRY_ASSIGN(const ir::ValueId products, call.binary(BinaryKind::kMul, labels, log));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ops::ReduceKind::kSum, products, {1}, false));
  Rows rows;
  TRY_ASSIGN(rows.loss, call.unary(ops::UnaryKind::kNeg, sum));
  TRY_ASSIGN(const ir::ValueId likely, softmax(call, logits, false));
  TRY_ASSIGN(rows.gradient, call.binary(BinaryKind::kSub, likely, labels));
  return rows;
}

Result<ir::ValueId> logits_of(Call& call) {
  TRY_ASSIGN(const ir::ValueId logits, call.tensor(0));
  TRY(call.want_rank(logits, 2, "the logits"));
  TRY(call.want_known(logits));
  return logits;
}

/// Labels as rows of zeros with a one in the place of the class.
Result<ir::ValueId> distributions(Call& call, ir::ValueId logits) {
  TRY_ASSIGN(const ir::ValueId labels, call.tensor(1));
  TRY(call.want_rank(labels, 1, "the labels"));
  TRY_ASSIGN(const ir::ValueId on, call.scalar(1, call.type(logits).dtype));
  TRY_ASSIGN(const ir::ValueId off, call.scalar(0, call.type(logits).dtype));
  auto op = std::make_shared<ops::OneHot>();
  op->depth = call.shape(logits)[1];
  op->axis = -1;
  return call.emit(std::move(op), {labels, on, off});
}

Result<Item> lower_with_distributions(Call& call) {
  TRY_ASSIGN(const ir::ValueId logits, logits_of(call));
  TRY_ASSIGN(const ir::ValueId labels, call.tensor(1));
  TRY(call.want_rank(labels, 2, "the labels"));
  TRY_ASSIGN(const Rows rows, rows_of(call, logits, labels));
  return make_tuple({Item(Computed{rows.loss}), Item(Computed{rows.gradient})});
}

/// The mean loss, or its gradient.
Result<Item> lower_with_classes(Call& call) {
  TRY_ASSIGN(const ir::ValueId logits, logits_of(call));
  TRY_ASSIGN(const bool gradient, call.flag("is_grad", kAttributeOnly));
  TRY_ASSIGN(const double sensitivity, call.number("sens", kAttributeOnly));
  if (sensitivity != 1.0) return unsupported(str("sens is ", sensitivity, ", want 1"));
  TRY_ASSIGN(const ir::ValueId labels, distributions(call, logits));
  TRY_ASSIGN(const Rows rows, rows_of(call, logits, labels));
  if (!gradient) return call.result(call.reduce(ops::ReduceKind::kMean, rows.loss, {0}, false));
  return call.result(call.binary(BinaryKind::kDiv, rows.gradient, static_cast<double>(call.shape(logits)[0])));
}

Result<Item> lower_with_classes_v2(Call& call) {
  TRY_ASSIGN(const ir::ValueId logits, logits_of(call));
  TRY_ASSIGN(const ir::ValueId labels, distributions(call, logits));
  TRY_ASSIGN(const Rows rows, rows_of(call, logits, labels));
  return make_tuple({Item(Computed{rows.loss}), Item(Computed{rows.gradient})});
}

REGISTER_PRIMITIVE(SoftmaxCrossEntropyWithLogits, lower_with_distributions);
REGISTER_PRIMITIVE(SparseSoftmaxCrossEntropyWithLogits, lower_with_classes);
REGISTER_PRIMITIVE(SparseSoftmaxCrossEntropyWithLogitsV2, lower_with_classes_v2);

}  // namespace
}  // namespace mindird::mindir
