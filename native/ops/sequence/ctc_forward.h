// CtcForward: How unlikely sequences of labels are, summed over all their alignments (Graves et al., Connectionist Temporal Classification): minus the
// logarithm of that, [N], and the logarithms of the sums along the way, [N,T,2S+1]. Inputs: logarithms of probabilities [T,N,C], labels [N,S], how many steps
// [N] and how many labels [N] count.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct CtcForward final : ir::Op {
  static constexpr std::string_view kId = "CtcForward";

  int64_t blank = 0;  // the class between labels

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
