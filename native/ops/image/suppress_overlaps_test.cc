#include "ops/image/suppress_overlaps.h"

#include <gtest/gtest.h>

#include <limits>

#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;
using Kept = std::vector<uint8_t>;

Kept kept(double threshold, const std::vector<float>& boxes) {
  SuppressOverlaps op;
  op.threshold = threshold;
  const auto count = static_cast<int64_t>(boxes.size() / 4);
  return values_of<uint8_t>(run(op, {array<float>({count, 4}, boxes)}));
}

TEST(SuppressOverlaps, KeepsTheFirstOfThoseThatOverlap) {
  // The second shares 1/3 with the first, the third 1/3 with the second and nothing with the first.
  const std::vector<float> boxes{0, 0, 2, 1, 1, 0, 3, 1, 2, 0, 4, 1};
  EXPECT_EQ(kept(0.3, boxes), (Kept{1, 0, 1}));
  EXPECT_EQ(kept(0.4, boxes), (Kept{1, 1, 1}));
}

TEST(SuppressOverlaps, EmptyAndMeaninglessBoxesDropNothing) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(kept(0.1, {1, 1, 1, 1, 1, 1, 1, 1}), (Kept{1, 1}));
  EXPECT_EQ(kept(0.1, {kNan, 0, 2, 2, 0, 0, 2, 2}), (Kept{1, 1}));
  EXPECT_EQ(kept(0.1, {}), Kept{});
}

TEST(SuppressOverlaps, Refuses) {
  EXPECT_FALSE(run(SuppressOverlaps(), {counted<float>({3, 5})}).ok());
  EXPECT_FALSE(run(SuppressOverlaps(), {counted<float>({4})}).ok());
  EXPECT_FALSE(run(SuppressOverlaps(), {counted<int32_t>({3, 4})}).ok());
}

}  // namespace
}  // namespace mindird::ops
