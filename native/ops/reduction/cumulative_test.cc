// Cumulative, CumulativeExtreme and Triangle.
#include "ops/reduction/cumulative.h"

#include <gtest/gtest.h>

#include <limits>

#include "ops/indexing/testing_index.h"
#include "ops/movement/triangle.h"
#include "ops/reduction/cumulative_extreme.h"

namespace mindird::ops {
namespace {

using namespace testing;
using V = std::vector<float>;

Cumulative cum_sum(int64_t axis, bool exclusive = false, bool reverse = false) {
  Cumulative op;
  op.axis = axis;
  op.exclusive = exclusive;
  op.reverse = reverse;
  return op;
}

Triangle triangle(bool upper, int64_t diagonal) {
  Triangle op;
  op.upper = upper;
  op.diagonal = diagonal;
  return op;
}

TEST(Cumulative, FourVariants) {
  const Array x = array<float>({4}, {1, 2, 3, 4});
  EXPECT_EQ(values_of<float>(run(cum_sum(0), {x})), (V{1, 3, 6, 10}));
  EXPECT_EQ(values_of<float>(run(cum_sum(0, true), {x})), (V{0, 1, 3, 6}));
  EXPECT_EQ(values_of<float>(run(cum_sum(0, false, true), {x})), (V{10, 9, 7, 4}));
  EXPECT_EQ(values_of<float>(run(cum_sum(0, true, true), {x})), (V{9, 7, 4, 0}));
}

TEST(Cumulative, AlongTheMiddleAndWrapping) {
  EXPECT_EQ(values_of<int32_t>(run(cum_sum(-2), {counted<int32_t>({2, 3, 2})})), (std::vector<int32_t>{0, 1, 2, 4, 6, 9, 6, 7, 14, 16, 24, 27}));
  EXPECT_EQ(values_of<int8_t>(run(cum_sum(0), {array<int8_t>({2}, {127, 1})})), (std::vector<int8_t>{127, -128}));
  EXPECT_EQ(values_of<int64_t>(run(cum_sum(0), {array<int64_t>({2}, {std::numeric_limits<int64_t>::max(), 1})})),
            (std::vector<int64_t>{std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}));
}

TEST(Cumulative, HalfIsSummedWider) {
  const auto y = run(cum_sum(0), {array<Half>({3}, {Half(2048.0F), Half(1.0F), Half(1.0F)})});
  ASSERT_TRUE(y.ok());
  EXPECT_EQ(static_cast<float>((*y)[0].values<Half>()[2]), 2050.0F);
}

TEST(Cumulative, RefusesAndEmpty) {
  EXPECT_FALSE(run(cum_sum(1), {counted<float>({2})}).ok());
  EXPECT_FALSE(run(cum_sum(0), {bools({2}, {1, 1})}).ok());
  EXPECT_TRUE(run(cum_sum(0), {counted<float>({0, 3})}).ok());
}

TEST(Cumulative, BatchAxis) {
  const ir::Types in{{DType::kF32, {4, 3}}};
  EXPECT_EQ(axis_of(cum_sum(1), in, {{0, 2}}), (ir::BatchAxis{0, 2}));
  EXPECT_EQ(axis_of(cum_sum(0), in, {{0, 1}}), std::nullopt);
}

TEST(Cumulative, ProductsAndLogarithms) {
  Cumulative op;
  op.kind = CumulativeKind::kProd;
  EXPECT_EQ(values_of<float>(run(op, {array<float>({4}, {1, 2, 3, 4})})), (V{1, 2, 6, 24}));
  op.exclusive = op.reverse = true;
  EXPECT_EQ(values_of<int32_t>(run(op, {array<int32_t>({4}, {1, 2, 3, 4})})), (std::vector<int32_t>{24, 12, 4, 1}));
  op.kind = CumulativeKind::kLogSumExp;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(values_of<float>(run(op, {array<float>({2}, {1000, 1000})})), (V{1000, std::numeric_limits<float>::lowest()}));
  op.exclusive = false;
  const V y = values_of<float>(run(op, {array<float>({3}, {-kInfinity, 1000, 1000})}));
  EXPECT_FLOAT_EQ(y[1], 1000.6931472F);
  EXPECT_FLOAT_EQ(y[0], 1000.6931472F);
  EXPECT_FALSE(run(op, {counted<int32_t>({2})}).ok());
}

TEST(CumulativeExtreme, LastOfEqualsAndNanStays) {
  CumulativeExtreme op;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto high = run(op, {array<float>({6}, {1, 3, 2, 3, nan, 5})});
  EXPECT_EQ(values_of<int64_t>(high, 1), (std::vector<int64_t>{0, 1, 1, 3, 4, 4}));
  EXPECT_EQ((V{values_of<float>(high)[3]}), (V{3}));
  op.kind = ArgReduceKind::kMin;
  op.axis = -1;
  const auto low = run(op, {array<int32_t>({2, 3}, {3, 1, 2, 5, 5, 4})});
  EXPECT_EQ(values_of<int32_t>(low), (std::vector<int32_t>{3, 1, 1, 5, 5, 4}));
  EXPECT_EQ(values_of<int64_t>(low, 1), (std::vector<int64_t>{0, 1, 1, 0, 1, 2}));
  EXPECT_FALSE(run(op, {bools({2}, {1, 0})}).ok());
  EXPECT_EQ(axis_of(op, {{DType::kF32, {4, 3}}}, {{0, 2}}), (ir::BatchAxis{0, 2}));
}

// np.triu and np.tril of [[1,2,3],[4,5,6]].
TEST(Triangle, UpperAndLower) {
  const Array x = array<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(values_of<float>(run(triangle(true, 0), {x})), (V{1, 2, 3, 0, 5, 6}));
  EXPECT_EQ(values_of<float>(run(triangle(true, 1), {x})), (V{0, 2, 3, 0, 0, 6}));
  EXPECT_EQ(values_of<float>(run(triangle(true, -1), {x})), (V{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(values_of<float>(run(triangle(false, 0), {x})), (V{1, 0, 0, 4, 5, 0}));
  EXPECT_EQ(values_of<float>(run(triangle(false, -1), {x})), (V{0, 0, 0, 4, 0, 0}));
  EXPECT_EQ(values_of<float>(run(triangle(false, 2), {x})), (V{1, 2, 3, 4, 5, 6}));
}

TEST(Triangle, ManyMatricesTallOnesAndExtremeDiagonals) {
  const Array x = counted<int8_t>({2, 3, 2});
  EXPECT_EQ(values_of<int8_t>(run(triangle(false, 0), {x})), (std::vector<int8_t>{0, 0, 2, 3, 4, 5, 6, 0, 8, 9, 10, 11}));
  const std::vector<int8_t> none(12, 0);
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(values_of<int8_t>(run(triangle(true, kMost), {x})), none);
  EXPECT_EQ(values_of<int8_t>(run(triangle(true, kLeast), {x})), x.values<int8_t>());
  EXPECT_EQ(values_of<int8_t>(run(triangle(false, kMost), {x})), x.values<int8_t>());
  EXPECT_EQ(values_of<int8_t>(run(triangle(false, kLeast), {x})), none);
  EXPECT_FALSE(run(triangle(true, 0), {counted<float>({3})}).ok());
}

}  // namespace
}  // namespace mindird::ops
