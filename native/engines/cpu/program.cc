#include "engines/cpu/program.h"

#include <algorithm>
#include <set>

#include "base/memory_plan.h"

namespace mindird::engines::cpu {

void Program::plan_workspace() {
  std::vector<LiveRange> ranges(slots.size(), {-1, -1, 0});
  for (size_t s = 0; s < steps.size(); ++s) {
    for (Ref ref : steps[s]->refs()) {
      if (slots[ref.slot].kind != SlotKind::kWorkspace) continue;
      LiveRange& range = ranges[ref.slot];
      if (range.first < 0) range.first = static_cast<int64_t>(s);
      range.last = static_cast<int64_t>(s);
      range.bytes = slots[ref.slot].bytes;
    }
  }
  const MemoryPlan plan = plan_memory(ranges);
  for (size_t i = 0; i < slots.size(); ++i) slots[i].offset = plan.offsets[i];
  workspace_bytes = plan.bytes;
}

size_t Program::constant_bytes() const {
  std::set<const std::byte*> seen;
  size_t total = 0;
  for (const Slot& slot : slots) {
    if (slot.kind == SlotKind::kConstant && seen.insert(slot.constant).second) total += slot.bytes;
  }
  return total;
}

}  // namespace mindird::engines::cpu
