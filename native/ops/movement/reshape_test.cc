#include "ops/movement/reshape.h"

#include <gtest/gtest.h>

#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;

Reshape make(std::vector<int64_t> shape) {
  Reshape op;
  op.shape = std::move(shape);
  return op;
}

std::optional<ir::BatchAxis> axis_after(const Shape& from, std::vector<int64_t> to, ir::BatchAxis axis) {
  return axis_of(make(std::move(to)), {{DType::kF32, from}}, {axis});
}

TEST(Reshape, KeepsElements) {
  const auto y = run(make({3, 2}), {counted<float>({2, 3})});
  ASSERT_TRUE(y.ok());
  EXPECT_EQ((*y)[0].type.shape, (Shape{3, 2}));
  EXPECT_EQ(values_of<float>(y), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ((*run(make({}), {counted<float>({1, 1})}))[0].type.shape, Shape{});
}

TEST(Reshape, WorksInPlace) {
  Array x = counted<float>({2, 3});
  const Tensor in = x.view();
  Tensor out{{DType::kF32, {6}}, in.data};
  EXPECT_TRUE(make({6}).evaluate({std::span(&in, 1), std::span(&out, 1), {}}).ok());
  EXPECT_EQ(x, counted<float>({2, 3}));
}

TEST(Reshape, FillsInOneFreeDim) {
  EXPECT_EQ((*run(make({-1, 4}), {counted<float>({2, 6})}))[0].type.shape, (Shape{3, 4}));
  EXPECT_EQ((*run(make({-1}), {counted<float>({0, 6})}))[0].type.shape, (Shape{0}));
  EXPECT_FALSE(run(make({-1, 5}), {counted<float>({2, 6})}).ok());
  EXPECT_FALSE(run(make({-1, -1}), {counted<float>({2, 6})}).ok());
  EXPECT_FALSE(run(make({-1, 0}), {counted<float>({0, 6})}).ok());
  const std::vector<TensorType> unknown{{DType::kF32, {-1, 6}}};
  const auto types = make({-1, 3}).infer(unknown);
  ASSERT_TRUE(types.ok());
  EXPECT_EQ((*types)[0].shape, (Shape{-1, 3}));
}

TEST(Reshape, RefusesOtherSizes) {
  EXPECT_FALSE(run(make({5}), {counted<float>({2, 3})}).ok());
  EXPECT_FALSE(run(make({-2, 3}), {counted<float>({2, 3})}).ok());
  EXPECT_FALSE(run(make({int64_t{1} << 62, 8, 2}), {counted<float>({0})}).ok());
  EXPECT_FALSE(run(make(std::vector<int64_t>(13, 1)), {counted<float>({1})}).ok());
}

TEST(Reshape, BatchAxisFollowsMergedAndSplitLeadingDims) {
  EXPECT_EQ(axis_after({4, 7, 5}, {28, 5}, {0, 1}), (ir::BatchAxis{0, 7}));
  EXPECT_EQ(axis_after({28, 5}, {4, 7, 5}, {0, 7}), (ir::BatchAxis{0, 1}));
  EXPECT_EQ(axis_after({28, 6}, {4, 7, 2, 3}, {0, 7}), (ir::BatchAxis{0, 1}));
  EXPECT_EQ(axis_after({4, 7, 5}, {4, 35}, {0, 1}), (ir::BatchAxis{0, 1}));
  EXPECT_EQ(axis_after({4, 7, 5}, {140}, {0, 1}), (ir::BatchAxis{0, 35}));
  EXPECT_EQ(axis_after({4, 5}, {1, 4, 5}, {0, 1}), (ir::BatchAxis{1, 1}));
  EXPECT_EQ(axis_after({1, 4, 5}, {4, 5}, {1, 1}), (ir::BatchAxis{0, 1}));
  EXPECT_EQ(axis_after({3, 4, 6}, {3, 24}, {1, 1}), (ir::BatchAxis{1, 6}));
}

TEST(Reshape, BatchAxisIsLostWhenRowsAreCut) {
  EXPECT_EQ(axis_after({4, 5}, {2, 10}, {0, 1}), std::nullopt);
  EXPECT_EQ(axis_after({4, 5}, {5, 4}, {0, 1}), std::nullopt);
  EXPECT_EQ(axis_after({3, 4}, {12}, {1, 1}), std::nullopt);
  EXPECT_EQ(axis_after({3, 4}, {4, 3}, {1, 1}), std::nullopt);
  EXPECT_EQ(axis_after({0, 4}, {4, 0}, {0, 1}), std::nullopt);
}

TEST(Reshape, OneRowKeepsItsPlace) {
  EXPECT_EQ(axis_after({1, 7, 5}, {1, 35}, {0, 1}), (ir::BatchAxis{0, 1}));
  EXPECT_EQ(axis_after({1, 7, 5}, {7, 5}, {0, 1}), (ir::BatchAxis{0, 7}));
  EXPECT_EQ(axis_after({7, 5}, {1, 7, 5}, {0, 7}), (ir::BatchAxis{0, 1}));
}

TEST(Reshape, SurvivesHostileAttributes) {
  Hostile h(4);
  for (int i = 0; i < 2000; ++i) {
    const Array x = counted<float>(h.shape());
    EXPECT_TRUE(survives(make(h.list(x.type.shape.rank() + h.pick(2))), {x}));
  }
}

}  // namespace
}  // namespace mindird::ops
