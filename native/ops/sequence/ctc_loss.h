// CtcLoss: How unlikely sequences of labels are, summed over all their alignments with scores [T,B,C] that softmax makes probabilities; the last class is the
// blank. Minus the logarithm of that, [B], and its gradient by the scores. Labels are sparse: where each belongs (sequence, place), i64 [L,2], and which they
// are, i32 [L]; last, how many steps of each sequence count, i32 [B].
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct CtcLoss final : ir::Op {
  static constexpr std::string_view kId = "CtcLoss";

  bool collapse = false;      // of equal neighbours among the labels one is left
  bool merge = true;          // a label may last for several steps
  bool allow_longer = false;  // more labels than steps are no error but impossible

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
