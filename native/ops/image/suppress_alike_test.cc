#include "ops/image/suppress_alike.h"

#include <gtest/gtest.h>

#include <limits>

#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;
using Positions = std::vector<int32_t>;

Result<std::vector<Array>> suppress(const std::vector<float>& likeness, const std::vector<float>& scores, int32_t most, float drops, float least) {
  const auto count = static_cast<int64_t>(scores.size());
  return run(SuppressAlike(), {array<float>({count, count}, likeness), array<float>({count}, scores), array<int32_t>({}, {most}), array<float>({}, {drops}),
                               array<float>({}, {least})});
}

TEST(SuppressAlike, BestFirstWithoutWhatIsLikeThem) {
  // 1 is like 2, which is better; the row of the worse one counts, and the threshold itself drops.
  const std::vector<float> likeness{1, 0, 0, 0, 1, 0.5F, 0, 0, 1};
  EXPECT_EQ(values_of<int32_t>(suppress(likeness, {0.1F, 0.5F, 0.9F}, 3, 0.5F, 0)), (Positions{2, 0}));
  EXPECT_EQ(values_of<int32_t>(suppress(likeness, {0.1F, 0.5F, 0.9F}, 3, 0.6F, 0)), (Positions{2, 1, 0}));
  EXPECT_EQ(values_of<int32_t>(suppress(likeness, {0.1F, 0.5F, 0.9F}, 1, 0.6F, 0)), (Positions{2}));
  EXPECT_EQ(values_of<int32_t>(suppress(likeness, {0.1F, 0.5F, 0.9F}, 3, 0.6F, 0.1F)), (Positions{2, 1}));
  EXPECT_EQ(values_of<int32_t>(suppress(likeness, {0.1F, 0.9F, 0.5F}, 3, 0.5F, 0)), (Positions{1, 2, 0}));
}

TEST(SuppressAlike, EqualScoresNanAndNothing) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(values_of<int32_t>(suppress({kNan, kNan, kNan, kNan}, {1, 1}, 2, 0.5F, 0)), (Positions{0, 1}));
  EXPECT_EQ(values_of<int32_t>(suppress({0, 0, 0, 0}, {kNan, 1}, 2, 0.5F, 0)), (Positions{1}));
  EXPECT_EQ(values_of<int32_t>(suppress({}, {}, 2, 0.5F, 0)), Positions{});
  EXPECT_EQ(values_of<int32_t>(suppress({0, 0, 0, 0}, {2, 1}, 0, 0.5F, 0)), Positions{});
}

TEST(SuppressAlike, Refuses) {
  EXPECT_FALSE(suppress({0, 0, 0, 0}, {2, 1}, -1, 0.5F, 0).ok());
  const Array scalar = array<float>({}, {0});
  const Array most = array<int32_t>({}, {1});
  EXPECT_FALSE(run(SuppressAlike(), {counted<float>({2, 3}), counted<float>({2}), most, scalar, scalar}).ok());
  EXPECT_FALSE(run(SuppressAlike(), {counted<float>({2, 2}), counted<double>({2}), most, scalar, scalar}).ok());
  EXPECT_FALSE(run(SuppressAlike(), {counted<float>({2, 2}), counted<float>({2}), most, scalar, counted<float>({1})}).ok());
}

}  // namespace
}  // namespace mindird::ops
