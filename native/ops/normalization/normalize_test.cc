// LayerNorm, BatchNorm, ChannelAffine and GroupNorm. Expectations named "reference" were computed by ONNX Runtime.
#include "ops/normalization/normalize.h"

#include "ops/normalization/batch_norm.h"
#include "ops/normalization/channel_affine.h"
#include "ops/normalization/group_norm.h"
#include "ops/normalization/layer_norm.h"
#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

LayerNorm layer(int64_t begin_axis, double epsilon = 1e-3) {
  LayerNorm op;
  op.begin_axis = begin_axis;
  op.epsilon = epsilon;
  return op;
}

TEST(LayerNorm, ReferenceLastAxis) {
  const std::vector<double> want{-0.626991272, -1.1071496,   1, -0.571448803, -0.626991272, -1.1071496,  1, -0.571448803,
                                 -0.16229555,  -2.1532712,   1, 0.32459107,   0.285724401,  0.718281746, 1, 1.25398254,
                                 -0.920814931, -0.302790046, 1, 1.84162986,   -0.626991272, -1.1071496,  1, -0.571448803};
  const Array x = sequence({2, 3, 4}, 23, 11);
  expect_output(run(layer(-1), {x, sequence({4}, 5, 2, 0.5), sequence({4}, 9, 4, 0.25)}), {2, 3, 4}, want);
}

TEST(LayerNorm, ReferenceTwoAxes) {
  const std::vector<double> want{-0.767028809, -0.922342896, 1, -0.87874341, 0.0861714631, 0.0170288086,
                                 0.454408407,  0.256297708,  1, 1.60692763,  0.654093564,  -0.625787199};
  const Array x = sequence({2, 3, 2}, 23, 11);
  expect_output(run(layer(1), {x, sequence({3, 2}, 5, 2, 0.5), sequence({3, 2}, 9, 4, 0.25)}), {2, 3, 2}, want);
}

TEST(LayerNorm, LargeMeanKeepsTheVariance) {
  const Array x = array_of<double>({1, 4}, {1e8 + 1, 1e8 + 2, 1e8 + 3, 1e8 + 4});
  const Array one = array_of<double>({4}, {1, 1, 1, 1});
  const Array zero = array_of<double>({4}, {0, 0, 0, 0});
  const double s = 1 / std::sqrt(1.25);
  expect_output(run(layer(-1, 0), {x, one, zero}), {1, 4}, {-1.5 * s, -0.5 * s, 0.5 * s, 1.5 * s}, 1e-9);
}

TEST(LayerNorm, HalfDataWithFloatParameters) {
  const Array x = array_of<Half>({1, 2}, {-1, 1});
  const auto y = run(layer(-1, 0), {x, array_of<float>({2}, {2, 2}), array_of<float>({2}, {0.5, 0.5})});
  expect_output(y, {1, 2}, {-1.5, 2.5}, 0);
  EXPECT_EQ((*y)[0].type.dtype, DType::kF16);
  EXPECT_FALSE(run(layer(-1), {array_of<float>({1, 2}, {-1, 1}), array_of<Half>({2}, {2, 2}), array_of<Half>({2}, {0, 0})}).ok());
}

TEST(LayerNorm, RefusesAndEmpty) {
  const Array x = counted<float>({2, 3});
  EXPECT_FALSE(run(layer(2), {x, counted<float>({3}), counted<float>({3})}).ok());
  EXPECT_FALSE(run(layer(1), {x, counted<float>({2}), counted<float>({3})}).ok());
  EXPECT_FALSE(run(layer(1), {x, counted<float>({3})}).ok());
  expect_output(run(layer(1), {array<float>({2, 0}, {}), array<float>({0}, {}), array<float>({0}, {})}), {2, 0}, {});
}

TEST(LayerNorm, BatchAxis) {
  const Array x = sequence({3, 6, 3}, 23, 11);
  EXPECT_EQ(count_batch_placements(layer(-1), {x, sequence({3}, 5, 2), sequence({3}, 9, 4)}), 2);
  EXPECT_EQ(count_batch_placements(layer(1), {x, sequence({6, 3}, 5, 2), sequence({6, 3}, 9, 4)}), 1);
}

TEST(BatchNorm, Reference) {
  BatchNorm op;
  op.epsilon = 1e-2;
  const std::vector<double> want{-2.49719286, -0.749376178, -16.439291, 14.939291, 1, 1, 2.24688077, -1.74812865, -8.5946455, -22.3227749, 1, 1};
  const std::vector<Array> in{sequence({2, 3, 2}, 23, 11), sequence({3}, 5, 2, 0.5), sequence({3}, 9, 4, 0.25), array<float>({3}, {1, -2, 0.5}),
                              array<float>({3}, {4, 0.25, 9})};
  expect_output(run(op, in), {2, 3, 2}, want);
  EXPECT_EQ(count_batch_placements(op, {sequence({3, 3, 3}, 23, 11), in[1], in[2], in[3], in[4]}), 2);
}

TEST(BatchNorm, RankTwoAndRefused) {
  BatchNorm op;
  op.epsilon = 0;
  const auto channel = [](double a, double b) { return array_of<float>({2}, {a, b}); };
  const Array x = counted<float>({2, 2});
  expect_output(run(op, {x, channel(1, 2), channel(0, 1), channel(1, 1), channel(1, 4)}), {2, 2}, {-1, 1, 1, 3});
  EXPECT_FALSE(run(op, {x, channel(1, 2), channel(0, 1), channel(1, 1)}).ok());
  EXPECT_FALSE(run(op, {counted<float>({2, 3}), channel(1, 2), channel(0, 1), channel(1, 1), channel(1, 4)}).ok());
  EXPECT_FALSE(run(op, {counted<float>({2}), channel(1, 2), channel(0, 1), channel(1, 1), channel(1, 4)}).ok());
}

TEST(ChannelAffine, ScalesAndShiftsAlongAnyAxis) {
  ChannelAffine op;
  const Array x = counted<float>({2, 3});
  const Array factor = array<float>({3}, {1, 2, -1});
  const Array shift = array<float>({3}, {0, 10, 0.5});
  expect_output(run(op, {x, factor, shift}), {2, 3}, {0, 12, -1.5, 3, 18, -4.5}, 0);
  op.axis = -2;
  expect_output(run(op, {x, array<float>({2}, {1, 10}), array<float>({2}, {0, 1})}), {2, 3}, {0, 1, 2, 31, 41, 51}, 0);
  EXPECT_FALSE(run(op, {x, factor, shift}).ok());
  op.axis = 2;
  EXPECT_FALSE(run(op, {x, factor, shift}).ok());
}

TEST(ChannelAffine, BatchAxis) {
  ChannelAffine op;
  EXPECT_EQ(count_batch_placements(op, {sequence({3, 3, 6}, 23, 11), sequence({3}, 5, 2), sequence({3}, 9, 4)}), 2);
}

GroupNorm group(int64_t groups) {
  GroupNorm op;
  op.groups = groups;
  op.epsilon = 1e-3;
  return op;
}

TEST(GroupNorm, Reference) {
  const std::vector<double> want{
      -0.767028809, -0.163828537, 0.439371705,  0.62874341,  -0.577657104, -1.78405762,  1, 1, 1, 1.60692763,  -0.808187127, 0.248425573,
      0.454408407,  -0.753148913, -0.224842563, -1.85692751, 0.558187127,  -0.498425543, 1, 1, 1, 0.449685097, 1.50629771,   -0.908816814};
  expect_output(run(group(2), {sequence({2, 4, 3}, 23, 11), sequence({4}, 5, 2, 0.5), sequence({4}, 9, 4, 0.25)}), {2, 4, 3}, want);
}

TEST(GroupNorm, RefusesAndEmpty) {
  const Array gamma = counted<float>({4});
  EXPECT_FALSE(run(group(3), {counted<float>({2, 4, 3}), gamma, gamma}).ok());
  EXPECT_FALSE(run(group(0), {counted<float>({2, 4, 3}), gamma, gamma}).ok());
  EXPECT_FALSE(run(group(2), {counted<float>({2, 6, 3}), gamma, gamma}).ok());
  expect_output(run(group(2), {array<float>({2, 4, 0}, {}), gamma, gamma}), {2, 4, 0}, {});
}

TEST(GroupNorm, BatchAxis) { EXPECT_EQ(count_batch_placements(group(3), {sequence({3, 3, 3}, 23, 11), sequence({3}, 5, 2), sequence({3}, 9, 4)}), 1); }

}  // namespace
}  // namespace mindird::ops
