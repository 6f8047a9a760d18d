#include "engines/cpu/run/schedule.h"

#include <algorithm>
#include <set>

#include "base/memory_plan.h"

namespace mindird::engines::cpu {

void Schedule::plan_workspace() {
  std::vector<LiveRange> ranges(areas.size(), {-1, -1, 0});
  for (size_t s = 0; s < steps.size(); ++s) {
    for (Ref ref : steps[s]->refs()) {
      if (areas[ref.area].kind != AreaKind::kWorkspace) continue;
      LiveRange& range = ranges[ref.area];
      if (range.first < 0) range.first = static_cast<int64_t>(s);
      range.last = static_cast<int64_t>(s);
      range.bytes = areas[ref.area].bytes;
    }
  }
  const MemoryPlan plan = plan_memory(ranges);
  for (size_t i = 0; i < areas.size(); ++i) areas[i].offset = plan.offsets[i];
  workspace_bytes = plan.bytes;
}

size_t Schedule::constant_bytes() const {
  std::set<const std::byte*> seen;
  size_t total = 0;
  for (const Area& area : areas) {
    if (area.kind == AreaKind::kConstant && seen.insert(area.constant).second) total += area.bytes;
  }
  return total;
}

std::vector<PrimitiveStep::Kernel> Schedule::kernels() const {
  std::vector<PrimitiveStep::Kernel> out;
  for (const auto& step : steps) {
    if (const auto* primitive = dynamic_cast<const PrimitiveStep*>(step.get())) out.push_back(primitive->kernel());
  }
  return out;
}

}  // namespace mindird::engines::cpu
