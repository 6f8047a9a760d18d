#include "ops/elementwise/cast.h"

#include "ops/movement/identity.h"
#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

Result<std::vector<Array>> cast(const Array& x, DType to) {
  Cast op;
  op.to = to;
  return run(op, {x});
}

const double kNaN = std::numeric_limits<double>::quiet_NaN();
const double kInf = std::numeric_limits<double>::infinity();

TEST(Cast, SmallValuesSurviveBetweenAllTypes) {
  const std::vector<double> values{0, 1, 2, 100};
  for (size_t from = 1; from < kDTypeCount; ++from) {
    const auto x = cast(array_of<float>({4}, values), static_cast<DType>(from));
    ASSERT_TRUE(x.ok());
    for (size_t to = 1; to < kDTypeCount; ++to) {
      const auto y = cast((*x)[0], static_cast<DType>(to));
      ASSERT_TRUE(y.ok());
      EXPECT_EQ((*y)[0].type.dtype, static_cast<DType>(to));
      expect_output(y, {4}, values, 0);
    }
    expect_output(cast((*x)[0], DType::kBool), {4}, {0, 1, 1, 1}, 0);
    expect_output(cast(bools({2}, {0, 1}), static_cast<DType>(from)), {2}, {0, 1}, 0);
  }
}

TEST(Cast, FloatToIntegerTruncatesAndSaturates) {
  const Array x = array_of<float>({8}, {1.9, -1.9, 3e9, -3e9, 1e30, -kInf, kNaN, -0.5});
  expect_output(cast(x, DType::kI32), {8}, {1, -1, 2147483647.0, -2147483648.0, 2147483647.0, -2147483648.0, 0, 0}, 0);
  expect_output(cast(x, DType::kU8), {8}, {1, 0, 255, 0, 255, 0, 0, 0}, 0);
  const auto wide = values_of<int64_t>(cast(x, DType::kI64));
  EXPECT_EQ(wide, (std::vector<int64_t>{1, -1, 3000000000, -3000000000, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min(), 0, 0}));
  const auto unsigned_wide = values_of<uint64_t>(cast(array_of<double>({2}, {1.8446744073709552e19, 1e19}), DType::kU64));
  EXPECT_EQ(unsigned_wide, (std::vector<uint64_t>{std::numeric_limits<uint64_t>::max(), 10000000000000000000U}));
}

TEST(Cast, IntegersWrap) {
  expect_output(cast(array<int32_t>({3}, {300, -1, 128}), DType::kI8), {3}, {44, -1, -128}, 0);
  expect_output(cast(array<int32_t>({2}, {300, -1}), DType::kU8), {2}, {44, 255}, 0);
}

TEST(Cast, RoundsToHalves) {
  // 2049 lies between 2048 and 2050; 65520 is where float16 ends.
  expect_output(cast(array_of<float>({5}, {2049, 65519, 65520, -1e9, kNaN}), DType::kF16), {5}, {2048, 65504, kInf, -kInf, kNaN}, 0);
  expect_output(cast(array_of<float>({3}, {257, 259, kNaN}), DType::kBF16), {3}, {256, 260, kNaN}, 0);
  expect_output(cast(array_of<float>({2}, {5.9604644775390625e-08, 2e-08}), DType::kF16), {2}, {5.9604644775390625e-08, 0}, 0);
}

TEST(Cast, ToBoolIsNotZero) {
  expect_output(cast(array_of<float>({5}, {0, -0.0, 1e-40, kNaN, -3}), DType::kBool), {5}, {0, 0, 1, 1, 1}, 0);
}

TEST(Cast, KeepsTheBatchAxis) {
  Cast op;
  op.to = DType::kI32;
  EXPECT_EQ(count_batch_placements(op, {sequence({2, 3}, 11, 5)}), 1);
}

TEST(Identity, CopiesAnyType) {
  const Array x = array<int16_t>({3}, {5, -6, 7});
  const auto y = run(Identity(), {x});
  ASSERT_TRUE(y.ok());
  EXPECT_EQ((*y)[0], x);
  expect_output(run(Identity(), {array<float>({0}, {})}), {0}, {});
  EXPECT_EQ(count_batch_placements(Identity(), {sequence({3, 6}, 11, 5)}), 2);
}

}  // namespace
}  // namespace mindird::ops
