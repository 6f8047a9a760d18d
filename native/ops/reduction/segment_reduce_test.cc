// SegmentReduce; expected values by adding, multiplying and comparing by hand.
#include "ops/reduction/segment_reduce.h"

#include <gtest/gtest.h>

#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;
using V = std::vector<float>;

SegmentReduce segment(SegmentKind kind, int64_t segments, double empty = 0) {
  SegmentReduce op;
  op.kind = kind;
  op.segments = segments;
  op.empty = empty;
  return op;
}

TEST(SegmentReduce, EveryKind) {
  const Array x = array<float>({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Array ids = array<int32_t>({4}, {2, 0, 2, -1});
  EXPECT_EQ(values_of<float>(run(segment(SegmentKind::kSum, 3), {x, ids})), (V{3, 4, 0, 0, 6, 8}));
  EXPECT_EQ(values_of<float>(run(segment(SegmentKind::kMean, 3), {x, ids})), (V{3, 4, 0, 0, 3, 4}));
  EXPECT_EQ(values_of<float>(run(segment(SegmentKind::kProd, 3, 1), {x, ids})), (V{3, 4, 1, 1, 5, 12}));
  EXPECT_EQ(values_of<float>(run(segment(SegmentKind::kMax, 3, -9), {x, ids})), (V{3, 4, -9, -9, 5, 6}));
  EXPECT_EQ(values_of<float>(run(segment(SegmentKind::kMin, 3, 9), {x, ids})), (V{3, 4, 9, 9, 1, 2}));
  EXPECT_FLOAT_EQ(values_of<float>(run(segment(SegmentKind::kSqrtN, 3), {x, ids}))[4], 6 / std::sqrt(2.0F));
}

TEST(SegmentReduce, IntegersRanksAndTypesNearestValue) {
  const Array ids = array<int64_t>({2, 2}, {0, 0, 1, 0});
  EXPECT_EQ(values_of<int32_t>(run(segment(SegmentKind::kMean, 2), {array<int32_t>({2, 2}, {-4, 2, 7, -3}), ids})), (std::vector<int32_t>{-1, 7}));
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(values_of<int8_t>(run(segment(SegmentKind::kMax, 3, -kInfinity), {array<int8_t>({2, 2}, {1, 2, 3, 4}), ids})), (std::vector<int8_t>{4, 3, -128}));
}

TEST(SegmentReduce, AsManyAsTheDataSays) {
  const auto y = run(segment(SegmentKind::kSum, -1), {array<float>({3, 1}, {1, 2, 3}), array<int32_t>({3}, {0, 0, 2})});
  EXPECT_EQ(values_of<float>(y), (V{3, 0, 3}));
  const auto none = run(segment(SegmentKind::kSum, -1), {counted<float>({0, 1}), array<int32_t>({0}, {})});
  ASSERT_TRUE(none.ok());
  EXPECT_EQ((*none)[0].type.shape, (Shape{0, 1}));
  EXPECT_FALSE(run(segment(SegmentKind::kSum, -1), {counted<float>({1, 1}), array<int32_t>({1}, {1 << 30})}).ok());
}

TEST(SegmentReduce, Refusals) {
  EXPECT_FALSE(run(segment(SegmentKind::kSum, 2), {counted<float>({2}), array<int32_t>({2}, {0, 2})}).ok());
  EXPECT_FALSE(run(segment(SegmentKind::kSum, -2), {counted<float>({2}), array<int32_t>({2}, {0, 1})}).ok());
  EXPECT_FALSE(run(segment(SegmentKind::kSum, 2), {counted<float>({2}), array<int32_t>({3}, {0, 1, 1})}).ok());
  EXPECT_FALSE(run(segment(SegmentKind::kSqrtN, 2), {counted<int32_t>({2}), array<int32_t>({2}, {0, 1})}).ok());
}

TEST(SegmentReduce, BatchAxis) {
  const ir::Types in{{DType::kF32, {3, 4}}, {DType::kI32, {3}}};
  EXPECT_EQ(axis_of(segment(SegmentKind::kSum, 2), in, {{1, 2}, {-1, 1}}), (ir::BatchAxis{1, 2}));
  EXPECT_EQ(axis_of(segment(SegmentKind::kSum, 2), in, {{0, 1}, {-1, 1}}), std::nullopt);
}

}  // namespace
}  // namespace mindird::ops
