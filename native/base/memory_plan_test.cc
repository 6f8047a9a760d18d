#include "base/memory_plan.h"

#include <gtest/gtest.h>

#include <random>

namespace mindird {
namespace {

TEST(MemoryPlan, ReusesMemoryOfBuffersThatAreDone) {
  const LiveRange ranges[] = {{0, 1, 100}, {1, 2, 100}, {2, 3, 100}};
  const MemoryPlan plan = plan_memory(ranges);
  EXPECT_EQ(plan.bytes, 256U);
  EXPECT_EQ(plan.offsets[0], plan.offsets[2]);
}

TEST(MemoryPlan, EmptyBuffersTakeNothing) {
  const LiveRange ranges[] = {{0, 9, 0}};
  EXPECT_EQ(plan_memory(ranges).bytes, 0U);
}

TEST(MemoryPlan, NoTwoLivingBuffersOverlapOnRandomRanges) {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::vector<LiveRange> ranges(random() % 40);
    for (LiveRange& r : ranges) {
      r.first = static_cast<int64_t>(random() % 20);
      r.last = r.first + static_cast<int64_t>(random() % 6);
      r.bytes = random() % 1000;
    }
    const MemoryPlan plan = plan_memory(ranges, 64);
    for (size_t i = 0; i < ranges.size(); ++i) {
      EXPECT_EQ(plan.offsets[i] % 64, 0U);
      EXPECT_LE(plan.offsets[i] + ranges[i].bytes, plan.bytes);
      for (size_t j = 0; j < i; ++j) {
        const bool in_time = ranges[i].first <= ranges[j].last && ranges[j].first <= ranges[i].last;
        const bool in_space = plan.offsets[i] < plan.offsets[j] + ranges[j].bytes && plan.offsets[j] < plan.offsets[i] + ranges[i].bytes;
        ASSERT_FALSE(in_time && in_space && ranges[i].bytes && ranges[j].bytes) << "round " << round;
      }
    }
  }
}

}  // namespace
}  // namespace mindird
