#include "base/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace mindird {

MemoryPlan plan_memory(std::span<const LiveRange> ranges, size_t alignment) {
  MemoryPlan plan;
  plan.offsets.assign(ranges.size(), 0);
  std::vector<size_t> order(ranges.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return ranges[a].bytes > ranges[b].bytes; });

  const auto padded = [&](size_t i) { return (ranges[i].bytes + alignment - 1) / alignment * alignment; };
  std::vector<size_t> placed;  // by offset
  for (size_t i : order) {
    if (ranges[i].bytes == 0) continue;
    size_t offset = 0;
    for (size_t j : placed) {
      const bool together = ranges[i].first <= ranges[j].last && ranges[j].first <= ranges[i].last;
      if (!together) continue;
      if (offset + padded(i) <= plan.offsets[j]) break;
      offset = std::max(offset, plan.offsets[j] + padded(j));
    }
    plan.offsets[i] = offset;
    plan.bytes = std::max(plan.bytes, offset + padded(i));
    placed.insert(std::upper_bound(placed.begin(), placed.end(), i, [&](size_t a, size_t b) { return plan.offsets[a] < plan.offsets[b]; }), i);
  }
  return plan;
}

}  // namespace mindird
