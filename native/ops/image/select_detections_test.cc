#include "ops/image/select_detections.h"

#include <gtest/gtest.h>

#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;
using F = std::vector<float>;
using Counts = std::vector<int32_t>;

Array scalar(float value) { return array<float>({}, {value}); }
Array whole(int32_t value) { return array<int32_t>({}, {value}); }

/// Three boxes of one image: the second shares 1/3 with the first, the third lies apart and has its corners the wrong way round.
const F kBoxes{0, 0, 2, 1, 1, 0, 3, 1, 6, 1, 5, 0};

Result<std::vector<Array>> select(const SelectDetections& op, const F& scores, int32_t per_class, int32_t total, float overlap, float least) {
  const auto classes = static_cast<int64_t>(scores.size() / 3);
  return run(op, {array<float>({1, 3, 1, 4}, kBoxes), array<float>({1, 3, classes}, scores), whole(per_class), whole(total), scalar(overlap), scalar(least)});
}

TEST(SelectDetections, BestOfAllClasses) {
  SelectDetections op;
  op.rows = 4;
  // Class 0 keeps boxes 0 and 2, class 1 box 1 alone: box 2 does not exceed the least score.
  const auto found = select(op, {0.9F, 0.2F, 0.8F, 0.7F, 0.3F, 0.1F}, 2, 4, 0.3F, 0.1F);
  expect_output(found, {1, 4, 4}, {0, 0, 2, 1, 1, 0, 3, 1, 6, 1, 5, 0, 0, 0, 0, 0});
  EXPECT_EQ(values_of<float>(found, 1), (F{0.9F, 0.7F, 0.3F, 0}));
  EXPECT_EQ(values_of<float>(found, 2), (F{0, 1, 0, 0}));
  EXPECT_EQ(values_of<int32_t>(found, 3), Counts{3});
  const auto wide = select(op, {0.9F, 0.8F, 0.3F}, 2, 4, 0.4F, 0);
  EXPECT_EQ(values_of<float>(wide, 1), (F{0.9F, 0.8F, 0, 0}));
}

TEST(SelectDetections, EqualScoresKeepTheirOrderAndCornersAreClipped) {
  SelectDetections op;
  op.rows = 3;
  op.clip = true;
  const auto found = select(op, {0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F}, 1, 3, 1, 0);
  EXPECT_EQ(values_of<float>(found, 2), (F{0, 1, 0}));
  EXPECT_EQ(values_of<float>(found), (F{0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0}));
  EXPECT_EQ(values_of<int32_t>(found, 3), Counts{2});
}

TEST(SelectDetections, RowsFollowFromTheLimits) {
  SelectDetections op;
  EXPECT_EQ((*select(op, {0.9F, 0.8F, 0.3F}, 2, 5, 0.4F, 0))[0].type.shape, (Shape{1, 5, 4}));
  op.narrow = true;
  EXPECT_EQ((*select(op, {0.9F, 0.8F, 0.3F}, 2, 5, 0.4F, 0))[0].type.shape, (Shape{1, 2, 4}));
  EXPECT_EQ((*select(op, {0.9F, 0.8F, 0.3F}, 0, 0, 0, 0))[0].type.shape, (Shape{1, 0, 4}));
}

TEST(SelectDetections, ImagesAreIndependent) {
  SelectDetections op;
  op.rows = 4;
  const std::vector<Array> inputs{sequence({3, 4, 2, 4}, 11, 5), sequence({3, 4, 2}, 13, 2), whole(2), whole(4), scalar(0.3F), scalar(0)};
  EXPECT_EQ(count_batch_placements(op, inputs), 1);
}

TEST(SelectDetections, Refuses) {
  SelectDetections op;
  const F scores{0.9F, 0.8F, 0.3F};
  EXPECT_FALSE(select(op, scores, -1, 5, 0.4F, 0).ok());
  EXPECT_FALSE(select(op, scores, 1, 2'000'000'000, 0.4F, 0).ok());
  EXPECT_FALSE(select(op, scores, 1, 5, 1.5F, 0).ok());
  op.rows = 4;
  EXPECT_FALSE(select(op, scores, 1, 5, 0.4F, 0).ok());
  EXPECT_FALSE(run(op, {counted<float>({1, 3, 2, 4}), counted<float>({1, 3, 3}), whole(1), whole(4), scalar(0), scalar(0)}).ok());
  EXPECT_FALSE(run(op, {counted<float>({1, 3, 1, 4}), counted<float>({1, 2, 3}), whole(1), whole(4), scalar(0), scalar(0)}).ok());
}

}  // namespace
}  // namespace mindird::ops
