#include "plan/holdings.h"

namespace mindird::plan {

void hold(const ExecutionPlan& plan, engines::Holdings& holdings) {
  using Kind = engines::Holdings::Kind;
  for (const PlanSlot& slot : plan.slots()) {
    if (slot.constant) holdings.add(Kind::kConstants, slot.constant->bytes().data(), slot.constant->bytes().size());
  }
  for (const PlanStep& step : plan.steps()) {
    if (const auto* holds = dynamic_cast<const engines::Holds*>(step.executable.get())) {
      holds->hold(holdings);
    } else {
      holdings.add(Kind::kConstants, step.executable.get(), step.executable->constant_bytes());
    }
  }
}

}  // namespace mindird::plan
