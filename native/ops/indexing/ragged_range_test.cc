#include "ops/indexing/ragged_range.h"

#include <gtest/gtest.h>

#include <limits>

#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;
using I = std::vector<int64_t>;

template <class T>
Result<std::vector<Array>> sequences(const std::vector<T>& starts, const std::vector<T>& limits, const std::vector<T>& steps, int64_t most = 100) {
  RaggedRange op;
  op.most = most;
  const Shape shape{static_cast<int64_t>(starts.size())};
  return run(op, {array<T>(shape, starts), array<T>(shape, limits), array<T>(shape, steps)});
}

TEST(RaggedRange, OneAfterAnother) {
  const auto found = sequences<int32_t>({2, 5, 8, 3}, {3, 5, 12, -2}, {1, 1, 3, -2});
  EXPECT_EQ(values_of<int64_t>(found), (I{0, 1, 1, 3, 6}));
  EXPECT_EQ(values_of<int32_t>(found, 1), (std::vector<int32_t>{2, 8, 11, 3, 1, -1}));
  const auto real = sequences<double>({0.5, 1}, {2.25, 1.5}, {0.5, -1});
  EXPECT_EQ(values_of<int64_t>(real), (I{0, 4, 4}));
  EXPECT_EQ(values_of<double>(real, 1), (std::vector<double>{0.5, 1, 1.5, 2}));
  EXPECT_EQ(values_of<int64_t>(sequences<float>({}, {}, {})), I{0});
}

TEST(RaggedRange, ScalarsAreOneAndSplitsHaveTheirType) {
  RaggedRange op;
  op.splits = DType::kI32;
  const auto found = run(op, {array<int64_t>({}, {3}), array<int64_t>({}, {11}), array<int64_t>({}, {4})});
  EXPECT_EQ(values_of<int32_t>(found), (std::vector<int32_t>{0, 2}));
  EXPECT_EQ(values_of<int64_t>(found, 1), (I{3, 7}));
}

TEST(RaggedRange, TheWholeRangeOfIntegers) {
  constexpr int64_t kLow = std::numeric_limits<int64_t>::min();
  constexpr int64_t kHigh = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(values_of<int64_t>(sequences<int64_t>({kLow, kHigh}, {kHigh, kLow}, {kHigh, kLow}), 1), (I{kLow, -1, kHigh - 1, kHigh, -1}));
  EXPECT_FALSE(sequences<int64_t>({kLow}, {kHigh}, {1}).ok());
}

TEST(RaggedRange, Refuses) {
  EXPECT_TRUE(sequences<float>({0}, {0}, {0}).ok());
  EXPECT_FALSE(sequences<float>({0}, {1}, {0}).ok());
  EXPECT_FALSE(sequences<float>({0}, {std::numeric_limits<float>::quiet_NaN()}, {1}).ok());
  EXPECT_FALSE(sequences<float>({0}, {std::numeric_limits<float>::infinity()}, {1}).ok());
  EXPECT_TRUE(sequences<int32_t>({0, 0}, {50, 50}, {1, 1}).ok());
  EXPECT_FALSE(sequences<int32_t>({0, 0}, {50, 51}, {1, 1}).ok());
  EXPECT_FALSE(run(RaggedRange(), {counted<float>({2}), counted<float>({1}), counted<float>({2})}).ok());
  EXPECT_FALSE(run(RaggedRange(), {counted<float>({2}), counted<int32_t>({2}), counted<float>({2})}).ok());
}

}  // namespace
}  // namespace mindird::ops
