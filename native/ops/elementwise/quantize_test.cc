// Quantize and Dequantize: rounding, clamping, scales per tensor and per channel.
#include "ops/elementwise/quantize.h"

#include <limits>

#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

TEST(Quantize, RoundsHalfToEvenAndClamps) {
  const float inf = std::numeric_limits<float>::infinity();
  const Array x = array<float>({10}, {0.25F, 0.75F, -0.25F, -0.75F, 1.2F, 63.4F, 100, -100, inf, std::nanf("")});
  const auto q = run(Quantize(), {x, array<float>({}, {0.5F})});
  ASSERT_TRUE(q.ok()) << q.status().message();
  EXPECT_EQ((*q)[0].values<int8_t>(), (std::vector<int8_t>{0, 2, 0, -2, 2, 127, 127, -128, 127, 0}));
}

TEST(Quantize, TakesAScalePerChannel) {
  Quantize op;
  op.axis = 1;
  const Array x = array<float>({2, 2, 2}, {1, 2, 30, 40, 5, 6, 70, 80});
  const auto q = run(op, {x, array<float>({2}, {1, 10})});
  ASSERT_TRUE(q.ok()) << q.status().message();
  EXPECT_EQ((*q)[0].values<int8_t>(), (std::vector<int8_t>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(Quantize, TakesHalfPrecision) {
  const auto q = run(Quantize(), {array_of<Half>({3}, {1, -2, 3}), array<float>({}, {0.5F})});
  ASSERT_TRUE(q.ok()) << q.status().message();
  EXPECT_EQ((*q)[0].values<int8_t>(), (std::vector<int8_t>{2, -4, 6}));
}

TEST(Dequantize, GivesBackWhatWasQuantised) {
  Dequantize op;
  op.axis = 0;
  expect_output(run(op, {array<int8_t>({2, 2}, {-128, 127, 1, 2}), array<float>({2}, {0.5F, 3})}), {2, 2}, {-64, 63.5, 3, 6});
}

TEST(Quantize, RefusesOtherTypesAndShapes) {
  const TensorType f32{DType::kF32, Shape{2, 3}};
  const TensorType i8{DType::kI8, Shape{2, 3}};
  const TensorType one{DType::kF32, Shape{}};
  EXPECT_FALSE(Quantize().infer(std::array{i8, one}).ok());
  EXPECT_FALSE(Quantize().infer(std::array{f32, TensorType{DType::kF16, Shape{}}}).ok());
  EXPECT_FALSE(Quantize().infer(std::array{f32, TensorType{DType::kF32, Shape{3}}}).ok());
  EXPECT_FALSE(Dequantize().infer(std::array{f32, one}).ok());
  EXPECT_FALSE(Dequantize().infer(std::array{i8}).ok());
  Dequantize far;
  far.axis = 5;
  EXPECT_FALSE(far.infer(std::array{i8, TensorType{DType::kF32, Shape{2}}}).ok());
}

TEST(Quantize, RowsOfABatchDoNotMix) {
  Quantize op;
  op.axis = 1;
  EXPECT_GT(count_batch_placements(op, {sequence({3, 6}, 23, 11), sequence({6}, 5, -1)}), 0);
}

}  // namespace
}  // namespace mindird::ops
