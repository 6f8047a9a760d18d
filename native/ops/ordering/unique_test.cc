// Unique; expected values by numpy.unique with return_inverse and return_counts.
#include "ops/ordering/unique.h"

#include <gtest/gtest.h>

#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;
using I = std::vector<int64_t>;

Unique unique(UniqueOrder order) {
  Unique op;
  op.order = order;
  return op;
}

Unique unique(UniqueOrder order, int64_t axis) {
  Unique op = unique(order);
  op.flat = false;
  op.axis = axis;
  return op;
}

TEST(Unique, ThreeOrders) {
  const Array x = array<float>({2, 3}, {3, 1, 1, 3, 3, 2});
  const auto first = run(unique(UniqueOrder::kFirst), {x});
  EXPECT_EQ(values_of<float>(first), (std::vector<float>{3, 1, 2}));
  EXPECT_EQ(values_of<int64_t>(first, 1), (I{0, 1, 1, 0, 0, 2}));
  EXPECT_EQ((*first)[1].type.shape, (Shape{2, 3}));
  EXPECT_EQ(values_of<int64_t>(first, 2), (I{3, 2, 1}));
  const auto sorted = run(unique(UniqueOrder::kSorted), {x});
  EXPECT_EQ(values_of<float>(sorted), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(values_of<int64_t>(sorted, 1), (I{2, 0, 0, 2, 2, 1}));
  const auto runs = run(unique(UniqueOrder::kConsecutive), {x});
  EXPECT_EQ(values_of<float>(runs), (std::vector<float>{3, 1, 3, 2}));
  EXPECT_EQ(values_of<int64_t>(runs, 1), (I{0, 1, 1, 2, 2, 3}));
  EXPECT_EQ(values_of<int64_t>(runs, 2), (I{1, 2, 2, 1}));
}

TEST(Unique, SlicesAlongAnAxis) {
  const Array x = array<int32_t>({3, 2}, {5, 1, 0, 9, 5, 1});
  const auto rows = run(unique(UniqueOrder::kSorted, 0), {x});
  EXPECT_EQ(values_of<int32_t>(rows), (std::vector<int32_t>{0, 9, 5, 1}));
  EXPECT_EQ((*rows)[0].type.shape, (Shape{2, 2}));
  EXPECT_EQ(values_of<int64_t>(rows, 1), (I{1, 0, 1}));
  EXPECT_EQ(values_of<int64_t>(rows, 2), (I{1, 2}));
  const auto columns = run(unique(UniqueOrder::kSorted, -1), {x});
  EXPECT_EQ(values_of<int32_t>(columns), (std::vector<int32_t>{1, 5, 9, 0, 1, 5}));
}

TEST(Unique, NanEmptyAndRefusals) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(values_of<int64_t>(run(unique(UniqueOrder::kSorted), {array<float>({3}, {nan, 1, nan})}), 2), (I{1, 1, 1}));
  const auto none = run(unique(UniqueOrder::kFirst), {counted<float>({0, 2})});
  ASSERT_TRUE(none.ok());
  EXPECT_EQ((*none)[0].type.shape, (Shape{0}));
  EXPECT_EQ((*none)[1].type.shape, (Shape{0, 2}));
  EXPECT_FALSE(run(unique(UniqueOrder::kSorted, 2), {counted<float>({2, 2})}).ok());
  EXPECT_TRUE(run(unique(UniqueOrder::kSorted, 0), {counted<float>({2, 0})}).ok());
}

}  // namespace
}  // namespace mindird::ops
