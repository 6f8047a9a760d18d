// ArgReduce, Sort and TopK: one order of elements, ties by position, NaN as the largest.
#include "ops/ordering/sort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "ops/ordering/arg_reduce.h"
#include "ops/indexing/testing_index.h"
#include "ops/ordering/top_k.h"

namespace mindird::ops {
namespace {

using namespace testing;
using V = std::vector<float>;
using I = std::vector<int32_t>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

ArgReduce arg_reduce(ArgReduceKind kind, int64_t axis, bool keep_dims = false, DType type = DType::kI64) {
  ArgReduce op;
  op.kind = kind;
  op.axis = axis;
  op.keep_dims = keep_dims;
  op.index_type = type;
  return op;
}

Sort sort(int64_t axis, bool descending) {
  Sort op;
  op.axis = axis;
  op.descending = descending;
  return op;
}

TopK top_k(int64_t k, int64_t axis = -1, bool largest = true) {
  TopK op;
  op.k = k;
  op.axis = axis;
  op.largest = largest;
  return op;
}

TEST(ArgReduce, LowestIndexAmongEquals) {
  const Array x = array<float>({2, 4}, {1, 3, 3, 2, 5, 5, 5, 5});
  EXPECT_EQ(values_of<int32_t>(run(arg_reduce(ArgReduceKind::kMax, -1, false, DType::kI32), {x})), (I{1, 0}));
  EXPECT_EQ(values_of<int64_t>(run(arg_reduce(ArgReduceKind::kMin, 1), {x})), (std::vector<int64_t>{0, 0}));
}

TEST(ArgReduce, InnerAxisAndShapes) {
  const Array x = array<int32_t>({2, 3, 2}, {1, 9, 4, 2, 4, 9, -3, 0, -5, 0, -4, -1});
  const auto y = run(arg_reduce(ArgReduceKind::kMax, 1, true), {x});
  ASSERT_TRUE(y.ok());
  EXPECT_EQ((*y)[0].type, (TensorType{DType::kI64, {2, 1, 2}}));
  EXPECT_EQ(values_of<int64_t>(y), (std::vector<int64_t>{1, 0, 0, 0}));
  EXPECT_EQ(values_of<int64_t>(run(arg_reduce(ArgReduceKind::kMin, -2), {x})), (std::vector<int64_t>{0, 1, 1, 2}));
}

TEST(ArgReduce, FirstNanWins) {
  const Array x = array<float>({4}, {kInf, kNan, 2, kNan});
  EXPECT_EQ(values_of<int64_t>(run(arg_reduce(ArgReduceKind::kMax, 0), {x})), (std::vector<int64_t>{1}));
  EXPECT_EQ(values_of<int64_t>(run(arg_reduce(ArgReduceKind::kMin, 0), {x})), (std::vector<int64_t>{1}));
}

TEST(ArgReduce, HalfAndBool) {
  const Array x = array<Half>({3}, {Half(-2.0F), Half(0.5F), Half(0.25F)});
  EXPECT_EQ(values_of<int64_t>(run(arg_reduce(ArgReduceKind::kMax, 0), {x})), (std::vector<int64_t>{1}));
  EXPECT_EQ(values_of<int64_t>(run(arg_reduce(ArgReduceKind::kMax, 0), {bools({3}, {0, 1, 1})})), (std::vector<int64_t>{1}));
}

TEST(ArgReduce, Refuses) {
  EXPECT_FALSE(run(arg_reduce(ArgReduceKind::kMax, 1), {counted<float>({2})}).ok());
  EXPECT_FALSE(run(arg_reduce(ArgReduceKind::kMax, 0), {counted<float>({0, 2})}).ok());
  EXPECT_FALSE(run(arg_reduce(ArgReduceKind::kMax, 0, false, DType::kF32), {counted<float>({2})}).ok());
  EXPECT_TRUE(run(arg_reduce(ArgReduceKind::kMax, 1), {counted<float>({0, 2})}).ok());
}

TEST(Sort, StableBothWays) {
  const Array x = array<float>({6}, {2, 1, 2, 3, 1, 2});
  const auto up = run(sort(0, false), {x});
  EXPECT_EQ(values_of<float>(up), (V{1, 1, 2, 2, 2, 3}));
  EXPECT_EQ(values_of<int32_t>(up, 1), (I{1, 4, 0, 2, 5, 3}));
  EXPECT_EQ(values_of<int32_t>(run(sort(0, true), {x}), 1), (I{3, 0, 2, 5, 1, 4}));
}

TEST(Sort, NanIsTheLargest) {
  const Array x = array<float>({5}, {kNan, 1, -kInf, kNan, kInf});
  EXPECT_EQ(values_of<int32_t>(run(sort(0, false), {x}), 1), (I{2, 1, 4, 0, 3}));
  EXPECT_EQ(values_of<int32_t>(run(sort(0, true), {x}), 1), (I{0, 3, 4, 1, 2}));
}

TEST(Sort, InnerAxis) {
  const auto y = run(sort(0, false), {array<int8_t>({3, 2}, {3, 1, 1, 2, 2, 0})});
  EXPECT_EQ(values_of<int8_t>(y), (std::vector<int8_t>{1, 0, 2, 1, 3, 2}));
  EXPECT_EQ(values_of<int32_t>(y, 1), (I{1, 2, 2, 0, 0, 1}));
  EXPECT_TRUE(run(sort(1, false), {counted<float>({3, 0})}).ok());
  EXPECT_FALSE(run(sort(2, false), {counted<float>({3, 1})}).ok());
}

TEST(TopK, TiesGoToTheLowestIndex) {
  const auto y = run(top_k(3), {array<float>({2, 5}, {1, 3, 3, 2, 3, 5, 5, 5, 5, 5})});
  EXPECT_EQ(values_of<float>(y), (V{3, 3, 3, 5, 5, 5}));
  EXPECT_EQ(values_of<int32_t>(y, 1), (I{1, 2, 4, 0, 1, 2}));
}

TEST(TopK, SmallestInnerAxisNanAndNone) {
  const auto y = run(top_k(2, 0, false), {array<float>({3, 2}, {3, kNan, 1, 5, 2, 4})});
  EXPECT_EQ(values_of<float>(y), (V{1, 4, 2, 5}));
  EXPECT_EQ(values_of<int32_t>(y, 1), (I{1, 2, 2, 1}));
  EXPECT_EQ(values_of<int32_t>(run(top_k(2), {array<float>({4}, {1, kNan, kInf, 2})}), 1), (I{1, 2}));
  EXPECT_EQ((*run(top_k(0), {counted<float>({2, 3})}))[1].type.shape, (Shape{2, 0}));
  EXPECT_FALSE(run(top_k(4), {counted<float>({2, 3})}).ok());
  EXPECT_FALSE(run(top_k(-1), {counted<float>({2, 3})}).ok());
}

TEST(TopK, IsTheStartOfSort) {
  std::mt19937 engine(7);
  std::vector<int16_t> values(211);
  for (int16_t& v : values) v = static_cast<int16_t>(engine() % 40);
  const Array x = array<int16_t>({211}, values);
  const auto all = run(sort(0, true), {x});
  for (const int64_t k : {1, 2, 50, 211}) {
    const auto some = run(top_k(k), {x});
    I want = values_of<int32_t>(all, 1);
    want.resize(static_cast<size_t>(k));
    EXPECT_EQ(values_of<int32_t>(some, 1), want);
  }
}

TEST(OrderedOperators, SurviveHostileAttributes) {
  Hostile h(8);
  for (int i = 0; i < 2000; ++i) {
    const Array x = counted<float>(h.shape());
    EXPECT_TRUE(survives(top_k(h.value(), h.value(), h.pick(2) == 0), {x}));
    EXPECT_TRUE(survives(sort(h.value(), h.pick(2) == 0), {x}));
    EXPECT_TRUE(survives(arg_reduce(static_cast<ArgReduceKind>(h.pick(2)), h.value(), h.pick(2) == 0), {x}));
  }
}

}  // namespace
}  // namespace mindird::ops
