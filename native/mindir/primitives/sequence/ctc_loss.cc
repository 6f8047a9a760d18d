// CTCLoss and CTCLossV2: losses of sequences of labels that are not aligned with the steps of a network.
#include <limits>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/sequence/ctc_forward.h"
#include "ops/sequence/ctc_loss.h"

namespace mindird::mindir {
namespace {

/// Scores [T,B,C], places [L,2] and values [L] of the labels, lengths [B]: losses [B] and their gradient.
Result<Item> lower_ctc_loss(Call& call) {
  std::vector<ir::ValueId> inputs;
  for (size_t i = 0; i < 4; ++i) {
    TRY_ASSIGN(const ir::ValueId input, call.tensor(i));
    inputs.push_back(input);
  }
  auto op = std::make_shared<ops::CtcLoss>();
  TRY_ASSIGN(op->collapse, call.flag("preprocess_collapse_repeated", kAttributeOnly));
  TRY_ASSIGN(op->merge, call.flag("ctc_merge_repeated", kAttributeOnly));
  TRY_ASSIGN(op->allow_longer, call.flag("ignore_longer_outputs_than_inputs", kAttributeOnly));
  TRY_ASSIGN(const auto results, call.emit_all(std::move(op), std::move(inputs)));
  return tuple_of(results);
}

/// Infinite losses as 0.
Result<ir::ValueId> without_infinite(Call& call, ir::ValueId losses) {
  const DType dtype = call.type(losses).dtype;
  TRY_ASSIGN(const ir::ValueId infinity, call.scalar(std::numeric_limits<double>::infinity(), dtype));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, dtype));
  TRY_ASSIGN(const ir::ValueId infinite, call.compare(ops::CompareKind::kEqual, losses, infinity));
  return call.select(infinite, zero, losses);
}

/// Logarithms of probabilities [T,N,C], labels [N,S], steps [N] and counts of labels [N]: losses [N] and the sums along the way [N,T,2S+1].
Result<Item> lower_ctc_loss_v2(Call& call) {
  std::vector<ir::ValueId> inputs;
  for (size_t i = 0; i < 4; ++i) {
    TRY_ASSIGN(const ir::ValueId input, call.tensor(i));
    inputs.push_back(input);
  }
  TRY_ASSIGN(const std::string reduction, call.text("reduction"));
  if (reduction != "NONE") return unsupported(str("attribute \"reduction\" is \"", reduction, "\", want \"none\""));
  auto op = std::make_shared<ops::CtcForward>();
  TRY_ASSIGN(op->blank, call.integer("blank", kAttributeOnly));
  TRY_ASSIGN(const bool finite, call.flag("zero_infinity", kAttributeOnly));
  TRY_ASSIGN(auto results, call.emit_all(std::move(op), std::move(inputs)));
  if (finite) {
    TRY_ASSIGN(results[0], without_infinite(call, results[0]));
  }
  return tuple_of(results);
}

REGISTER_PRIMITIVE(CTCLoss, lower_ctc_loss);
REGISTER_PRIMITIVE(CTCLossV2, lower_ctc_loss_v2);

}  // namespace
}  // namespace mindird::mindir
