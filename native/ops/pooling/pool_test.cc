// Expectations named "reference" were computed by ONNX Runtime.
#include "ops/pooling/pool.h"

#include "ops/pooling/adaptive_pool.h"
#include "ops/pooling/adaptive_pool_positions.h"
#include "ops/pooling/pool_positions.h"
#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;
using List = std::vector<int64_t>;

Pool make(PoolKind kind, List kernel, List stride, List begin, List end) {
  Pool op;
  op.kind = kind;
  op.dilation.assign(kernel.size(), 1);
  op.kernel = std::move(kernel);
  op.stride = std::move(stride);
  op.pad_begin = std::move(begin);
  op.pad_end = std::move(end);
  return op;
}

const Shape kImage{1, 1, 5, 6};

TEST(Pool, ReferenceMaxWithCeilMode) {
  Pool op = make(PoolKind::kMax, {3, 2}, {2, 2}, {1, 0}, {1, 1});
  op.ceil_mode = true;
  expect_output(run(op, {sequence(kImage, 23, 11)}), {1, 1, 3, 3}, {11, 9, 4, 11, 9, 8, 10, 1, 11}, 0);
}

TEST(Pool, ReferenceMaxWithDilation) {
  Pool op = make(PoolKind::kMax, {2, 3}, {1, 2}, {0, 1}, {1, 0});
  op.dilation = {3, 2};
  expect_output(run(op, {sequence({1, 1, 6, 7}, 23, 11)}), {1, 1, 4, 2}, {8, 8, 11, 11, 5, 10, 8, 8}, 0);
}

TEST(Pool, ReferenceAverage) {
  Pool op = make(PoolKind::kAverage, {3, 2}, {2, 2}, {1, 0}, {1, 1});
  const Array x = sequence(kImage, 23, 11);
  expect_output(run(op, {x}), {1, 1, 3, 3}, {-0.75, 1.75, -1.5, 2.83333325, 1.5, -3.66666675, 4.5, -4.5, 3.75});
  op.count_include_pad = true;
  expect_output(run(op, {x}), {1, 1, 3, 3}, {-0.5, 1.16666663, -1, 2.83333325, 1.5, -3.66666675, 3, -3, 2.5});
  op.divisor_override = 4;
  expect_output(run(op, {x}), {1, 1, 3, 3}, {-0.75, 1.75, -1.5, 4.25, 2.25, -5.5, 4.5, -4.5, 3.75});
}

TEST(Pool, CeilModeAverageClipsTheLastWindowToThePaddedInput) {
  // Windows of 3 at -1, 1, 3 and 5 over 6 elements with one padded on both sides: the last one holds element 5 and one of padding.
  Pool op = make(PoolKind::kAverage, {3}, {2}, {1}, {1});
  op.ceil_mode = true;
  const Array x = array<float>({1, 1, 6}, {6, 12, 18, 24, 30, 36});
  expect_output(run(op, {x}), {1, 1, 4}, {9, 18, 30, 36});
  op.count_include_pad = true;
  expect_output(run(op, {x}), {1, 1, 4}, {6, 18, 30, 18});
}

TEST(Pool, CeilModeDropsWindowsThatStartInTheEndPadding) {
  // Windows of 2 at 0 and 3: over 3 elements the second one would start in the padding.
  Pool op = make(PoolKind::kMax, {2}, {3}, {0}, {1});
  op.ceil_mode = true;
  expect_output(run(op, {counted<float>({1, 1, 3})}), {1, 1, 1}, {1});
  expect_output(run(op, {counted<float>({1, 1, 4})}), {1, 1, 2}, {1, 3});
}

TEST(Pool, MaxIgnoresPaddingAndKeepsNaN) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Pool op = make(PoolKind::kMax, {2}, {1}, {1}, {1});
  expect_output(run(op, {array_of<float>({1, 1, 4}, {-5, -3, nan, -7})}), {1, 1, 5}, {-5, -3, nan, nan, -7});
}

TEST(Pool, ThreeDims) {
  // counted values: the average of a box is the value in its middle.
  const Pool op = make(PoolKind::kAverage, {2, 2, 2}, {1, 2, 1}, {0, 0, 0}, {0, 0, 0});
  const auto y = run(op, {counted<float>({1, 1, 2, 4, 3})});
  expect_output(y, {1, 1, 1, 2, 2}, {8, 9, 14, 15});
}

TEST(Pool, OtherTypes) {
  const Pool largest = make(PoolKind::kMax, {2}, {2}, {0}, {0});
  expect_output(run(largest, {array<int32_t>({1, 1, 4}, {3, -4, -9, -7})}), {1, 1, 2}, {3, -7}, 0);
  expect_output(run(largest, {array_of<Half>({1, 1, 4}, {3, -4, -9, -7})}), {1, 1, 2}, {3, -7}, 0);
  const Pool mean = make(PoolKind::kAverage, {2}, {2}, {0}, {0});
  expect_output(run(mean, {array_of<double>({1, 1, 2}, {1, 2})}), {1, 1, 1}, {1.5}, 0);
  expect_output(run(mean, {array_of<BFloat16>({1, 1, 2}, {1, 2})}), {1, 1, 1}, {1.5}, 0);
  EXPECT_FALSE(run(mean, {counted<int32_t>({1, 1, 4})}).ok());
  expect_output(run(mean, {array<float>({0, 2, 4}, {})}), {0, 2, 2}, {});
}

TEST(Pool, Refuses) {
  const Array x = counted<float>({1, 1, 4});
  EXPECT_FALSE(run(make(PoolKind::kMax, {2}, {1}, {2}, {0}), {x}).ok());
  EXPECT_FALSE(run(make(PoolKind::kMax, {5}, {1}, {0}, {0}), {x}).ok());
  EXPECT_FALSE(run(make(PoolKind::kMax, {0}, {1}, {0}, {0}), {x}).ok());
  EXPECT_FALSE(run(make(PoolKind::kMax, {2, 2}, {1, 1}, {0, 0}, {0, 0}), {x}).ok());
}

TEST(Pool, BatchAxis) {
  EXPECT_EQ(count_batch_placements(make(PoolKind::kMax, {2}, {1}, {0}, {0}), {sequence({3, 6, 3}, 23, 11)}), 2);
  EXPECT_EQ(count_batch_placements(make(PoolKind::kAverage, {3}, {1}, {1}, {1}), {sequence({3, 6, 3}, 23, 11)}), 2);
}

AdaptivePool adaptive(AdaptivePoolKind kind, List size) {
  AdaptivePool op;
  op.kind = kind;
  op.size = std::move(size);
  return op;
}

TEST(AdaptivePool, WindowsOverlapWhenSizesDoNotDivide) {
  // 5 to 3: [0,2), [1,4), [3,5).
  const Array x = array<float>({1, 1, 5}, {1, 2, 4, 8, 16});
  expect_output(run(adaptive(AdaptivePoolKind::kAverage, {3}), {x}), {1, 1, 3}, {1.5, 14.0 / 3, 12});
  expect_output(run(adaptive(AdaptivePoolKind::kMax, {3}), {x}), {1, 1, 3}, {2, 8, 16});
  expect_output(run(adaptive(AdaptivePoolKind::kMax, {7}), {x}), {1, 1, 7}, {1, 2, 4, 4, 8, 16, 16});
}

TEST(AdaptivePool, TwoDimsAndNoBatch) {
  const Array x = counted<float>({2, 4, 6});
  expect_output(run(adaptive(AdaptivePoolKind::kAverage, {2, 3}), {x}), {2, 2, 3}, {3.5, 5.5, 7.5, 15.5, 17.5, 19.5, 27.5, 29.5, 31.5, 39.5, 41.5, 43.5});
  expect_output(run(adaptive(AdaptivePoolKind::kAverage, {1, 1}), {counted<float>({1, 2, 3, 3})}), {1, 2, 1, 1}, {4, 13});
}

TEST(AdaptivePool, Refuses) {
  EXPECT_FALSE(run(adaptive(AdaptivePoolKind::kMax, {0}), {counted<float>({1, 1, 5})}).ok());
  EXPECT_FALSE(run(adaptive(AdaptivePoolKind::kMax, {-1}), {counted<float>({1, 1, 5})}).ok());
  EXPECT_FALSE(run(adaptive(AdaptivePoolKind::kMax, {}), {counted<float>({1, 1, 5})}).ok());
  EXPECT_FALSE(run(adaptive(AdaptivePoolKind::kMax, {1}), {array<float>({1, 1, 0}, {})}).ok());
  EXPECT_FALSE(run(adaptive(AdaptivePoolKind::kMax, {1, 1, 1}), {counted<float>({1, 1, 5})}).ok());
}

TEST(AdaptivePool, BatchAxis) { EXPECT_EQ(count_batch_placements(adaptive(AdaptivePoolKind::kAverage, {3, 3}), {sequence({3, 6, 3, 3}, 23, 11)}), 2); }

PoolPositions positions(List kernel, List stride, List begin, List end) {
  PoolPositions op;
  op.dilation.assign(kernel.size(), 1);
  op.kernel = std::move(kernel);
  op.stride = std::move(stride);
  op.pad_begin = std::move(begin);
  op.pad_end = std::move(end);
  return op;
}

TEST(PoolPositions, OffsetsInThePlaneOrInAllChannels) {
  const Array x = array<float>({1, 2, 2, 4}, {1, 5, 2, 0, 5, 3, 7, 7, 9, 8, 0, 1, 2, 3, 4, 5});
  PoolPositions op = positions({2, 2}, {2, 2}, {0, 0}, {0, 0});
  expect_output(run(op, {x}), {1, 2, 1, 2}, {1, 6, 0, 7});
  op.across_channels = true;
  op.index_type = DType::kI32;
  expect_output(run(op, {x}), {1, 2, 1, 2}, {1, 6, 8, 15});
}

TEST(PoolPositions, PaddingIsNeverFoundAndNaNIs) {
  const Array x = array<float>({1, 1, 4}, {-3, -2, std::numeric_limits<float>::quiet_NaN(), -9});
  expect_output(run(positions({2}, {1}, {1}, {1}), {x}), {1, 1, 5}, {0, 1, 2, 2, 3});
}

TEST(PoolPositions, Refuses) {
  PoolPositions op = positions({2}, {1}, {0}, {0});
  op.index_type = DType::kF32;
  EXPECT_FALSE(run(op, {counted<float>({1, 1, 5})}).ok());
  EXPECT_FALSE(run(positions({2}, {0}, {0}, {0}), {counted<float>({1, 1, 5})}).ok());
}

TEST(PoolPositions, BatchAxis) {
  PoolPositions op = positions({2, 2}, {1, 1}, {0, 0}, {0, 0});
  EXPECT_EQ(count_batch_placements(op, {sequence({3, 6, 3, 3}, 23, 11)}), 2);
  op.across_channels = true;
  EXPECT_EQ(count_batch_placements(op, {sequence({3, 6, 3, 3}, 23, 11)}), 1);
}

TEST(AdaptivePoolPositions, FirstOfEqualElements) {
  AdaptivePoolPositions op;
  op.size = {3};
  // 5 to 3: [0,2), [1,4), [3,5).
  expect_output(run(op, {array<float>({1, 1, 5}, {1, 2, 4, 4, 3})}), {1, 1, 3}, {1, 2, 3});
  op.size = {0};
  EXPECT_FALSE(run(op, {counted<float>({1, 1, 5})}).ok());
}

}  // namespace
}  // namespace mindird::ops
