// NonZero and MaskedSelect, whose output sizes depend on values.
#include "ops/indexing/non_zero.h"

#include <gtest/gtest.h>

#include <limits>

#include "ops/indexing/masked_select.h"
#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;
using I = std::vector<int64_t>;

TEST(NonZero, PositionsInRowMajorOrder) {
  const auto y = run(NonZero(), {array<float>({2, 3}, {0, 1, -0.0F, -2, 0, std::numeric_limits<float>::quiet_NaN()})});
  ASSERT_TRUE(y.ok());
  EXPECT_EQ((*y)[0].type, (TensorType{DType::kI64, {3, 2}}));
  EXPECT_EQ(values_of<int64_t>(y), (I{0, 1, 1, 0, 1, 2}));
}

TEST(NonZero, NoneAllAndOtherTypes) {
  EXPECT_EQ((*run(NonZero(), {array<int32_t>({2, 2}, {0, 0, 0, 0})}))[0].type.shape, (Shape{0, 2}));
  EXPECT_EQ(values_of<int64_t>(run(NonZero(), {bools({3}, {1, 0, 1})})), (I{0, 2}));
  EXPECT_EQ(values_of<int64_t>(run(NonZero(), {array<Half>({2}, {Half(0.0F), Half(1e-7F)})})), (I{1}));
  EXPECT_EQ((*run(NonZero(), {array<int32_t>({}, {5})}))[0].type.shape, (Shape{1, 0}));
  EXPECT_EQ((*run(NonZero(), {counted<float>({0, 4})}))[0].type.shape, (Shape{0, 2}));
}

TEST(NonZero, SizeIsUnknownBeforehand) {
  const ir::Types in{{DType::kF32, {2, 3}}};
  EXPECT_EQ((*NonZero().infer(in))[0].shape, (Shape{-1, 2}));
  EXPECT_EQ(axis_of(NonZero(), in, {{0, 1}}), std::nullopt);
  EXPECT_EQ(axis_of(NonZero(), in, {{}}), ir::BatchAxis{});
}

TEST(MaskedSelect, SameShapeAndBroadcast) {
  const Array x = counted<float>({2, 3});
  EXPECT_EQ(values_of<float>(run(MaskedSelect(), {x, bools({2, 3}, {1, 0, 0, 0, 1, 1})})), (std::vector<float>{0, 4, 5}));
  EXPECT_EQ(values_of<float>(run(MaskedSelect(), {x, bools({3}, {0, 1, 1})})), (std::vector<float>{1, 2, 4, 5}));
  EXPECT_EQ(values_of<float>(run(MaskedSelect(), {x, bools({2, 1}, {0, 1})})), (std::vector<float>{3, 4, 5}));
  EXPECT_EQ(values_of<int8_t>(run(MaskedSelect(), {array<int8_t>({2}, {7, 8}), bools({2, 2, 1}, {1, 0, 0, 1})})), (std::vector<int8_t>{7, 8, 7, 8}));
  EXPECT_EQ((*run(MaskedSelect(), {x, bools({}, {0})}))[0].type.shape, (Shape{0}));
}

TEST(MaskedSelect, Refuses) {
  EXPECT_FALSE(run(MaskedSelect(), {counted<float>({2, 3}), bools({2}, {1, 1})}).ok());
  EXPECT_FALSE(run(MaskedSelect(), {counted<float>({2}), counted<float>({2})}).ok());
  const std::vector<TensorType> huge{{DType::kF64, {int64_t{1} << 40, 1}}, {DType::kBool, {1, int64_t{1} << 40}}};
  EXPECT_FALSE(MaskedSelect().infer(huge).ok());
}

}  // namespace
}  // namespace mindird::ops
