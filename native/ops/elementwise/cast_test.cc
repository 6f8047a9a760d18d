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

// What MindSpore 2.10 gives on x86, alone and in rows of 64.
TEST(Cast, FloatToIntegerBeyondTheRangeIsAsInMindSpore) {
  const Array x = array_of<float>({12}, {-1.3, -200.7, 300.2, 70000.5, 3e9, -3e9, 1e10, 1e20, -1e20, kInf, -kInf, kNaN});
  expect_output(cast(x, DType::kU8), {12}, {255, 56, 44, 112, 0, 0, 0, 0, 0, 0, 0, 0}, 0);
  expect_output(cast(x, DType::kI8), {12}, {-1, 56, 44, 112, 0, 0, 0, 0, 0, 0, 0, 0}, 0);
  expect_output(cast(x, DType::kI16), {12}, {-1, -200, 300, 4464, 0, 0, 0, 0, 0, 0, 0, 0}, 0);
  expect_output(cast(x, DType::kU16), {12}, {65535, 65336, 300, 4464, 0, 0, 0, 0, 0, 0, 0, 0}, 0);
  constexpr double kLeast = -2147483648.0;
  expect_output(cast(x, DType::kI32), {12}, {-1, -200, 300, 70000, kLeast, kLeast, kLeast, kLeast, kLeast, kLeast, kLeast, kLeast}, 0);
  expect_output(cast(x, DType::kU32), {12}, {4294967295, 4294967096, 300, 70000, 3e9, 1294967296, 1410065408, 0, 0, 0, 0, 0}, 0);
  constexpr int64_t kLeastWide = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(values_of<int64_t>(cast(x, DType::kI64)),
            (std::vector<int64_t>{-1, -200, 300, 70000, 3000000000, -3000000000, 10000000000, kLeastWide, kLeastWide, kLeastWide, kLeastWide, kLeastWide}));
  constexpr uint64_t kTop = uint64_t{1} << 63U;
  EXPECT_EQ(values_of<uint64_t>(cast(x, DType::kU64)),
            (std::vector<uint64_t>{~uint64_t{0}, ~uint64_t{199}, 300, 70000, 3000000000, ~uint64_t{2999999999}, 10000000000, 0, kTop, 0, kTop, kTop}));
  EXPECT_EQ(values_of<uint64_t>(cast(array_of<double>({2}, {1.8446744073709552e19, 1e19}), DType::kU64)), (std::vector<uint64_t>{0, 10000000000000000000U}));
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

TEST(Cast, ToBoolIsNotZero) { expect_output(cast(array_of<float>({5}, {0, -0.0, 1e-40, kNaN, -3}), DType::kBool), {5}, {0, 0, 1, 1, 1}, 0); }

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
