// Operators that only move data: their own `evaluate` is a loop of block copies already, so it is the kernel.
#include "engines/cpu/builders.h"
#include "engines/cpu/builders/views.h"
#include "engines/cpu/steps/evaluate_step.h"
#include "ops/indexing/gather.h"

namespace mindird::engines::cpu {
namespace {

Status build(NodeBuilder& b) {
  std::vector<EvaluateValue> inputs;
  for (size_t i = 0; i < b.inputs(); ++i) {
    TRY_ASSIGN(const Placed x, b.in_plain(i));
    inputs.push_back({x, {}});
  }
  std::vector<EvaluateValue> outputs{{b.out(0, Layout::plain(b.out_type().shape)), {}}};
  b.planner().emit(std::make_unique<EvaluateStep>(b.node().op, std::move(inputs), std::move(outputs)));
  return {};
}

REGISTER_BUILDER(Gather, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
