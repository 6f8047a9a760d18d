// Runs an operator's own `evaluate` for what no builder takes: element types oneDNN lacks, rare operators, data-dependent sizes.
#pragma once

#include "engines/cpu/run/step.h"

namespace mindird::engines::cpu {

/// An operand or result: placed in planned memory, or (`dynamic` set) of a shape known only at run time.
struct EvaluateValue {
  Placed placed;
  std::optional<size_t> dynamic;
};

class EvaluateStep final : public Step {
 public:
  EvaluateStep(ir::OpPtr op, std::vector<EvaluateValue> inputs, std::vector<EvaluateValue> outputs)
      : op_(std::move(op)), inputs_(std::move(inputs)), outputs_(std::move(outputs)) {}

  std::string text() const override;
  std::vector<Ref> refs() const override;
  std::unique_ptr<StepState> prepare(const Frame& frame, std::span<const bool> external) const override;
  Status run(Frame& frame, StepState* state) const override;

 private:
  Status infer_dynamic(Frame& frame, std::span<const Tensor> inputs) const;

  ir::OpPtr op_;
  std::vector<EvaluateValue> inputs_;
  std::vector<EvaluateValue> outputs_;
};

}  // namespace mindird::engines::cpu
