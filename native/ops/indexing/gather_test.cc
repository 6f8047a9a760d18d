// Gather, GatherElements, GatherNd and OneHot: what indices address.
#include "ops/indexing/gather.h"

#include <gtest/gtest.h>

#include "ops/indexing/gather_elements.h"
#include "ops/indexing/gather_nd.h"
#include "ops/indexing/one_hot.h"
#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;
using V = std::vector<float>;

Gather gather(int64_t axis, int64_t batch_dims = 0) {
  Gather op;
  op.axis = axis;
  op.batch_dims = batch_dims;
  return op;
}

GatherElements gather_elements(int64_t axis) {
  GatherElements op;
  op.axis = axis;
  return op;
}

OneHot one_hot(int64_t depth, int64_t axis) {
  OneHot op;
  op.depth = depth;
  op.axis = axis;
  return op;
}

TEST(Gather, RowsWithNegativeIndices) {
  const Array table = counted<float>({4, 2});
  EXPECT_EQ(values_of<float>(run(gather(0), {table, array<int32_t>({3}, {3, -1, -4})})), (V{6, 7, 6, 7, 0, 1}));
  EXPECT_EQ(values_of<float>(run(gather(0), {table, array<int64_t>({}, {1})})), (V{2, 3}));
}

TEST(Gather, InnerAxisWithAMatrixOfIndices) {
  const Array x = counted<int16_t>({2, 5, 3});
  const std::vector<int32_t> at{4, 0, 2, 2, 1, 3};
  const auto y = run(gather(-2), {x, array<int32_t>({3, 2}, at)});
  ASSERT_TRUE(y.ok());
  EXPECT_EQ((*y)[0].type.shape, (Shape{2, 3, 2, 3}));
  EXPECT_EQ(values_of<int16_t>(y),
            moved<int16_t>(x, {2, 3, 2, 3}, [&](const Position& p) { return Position{p[0], at[static_cast<size_t>(p[1] * 2 + p[2])], p[3]}; }));
}

TEST(Gather, BatchDims) {
  const Array x = counted<double>({2, 3, 4, 2});
  const std::vector<int32_t> at{0, 3, 2, 1, 1, 0};
  const auto y = run(gather(2, 1), {x, array<int32_t>({2, 3}, at)});
  ASSERT_TRUE(y.ok());
  EXPECT_EQ((*y)[0].type.shape, (Shape{2, 3, 3, 2}));
  EXPECT_EQ(values_of<double>(y),
            moved<double>(x, {2, 3, 3, 2}, [&](const Position& p) { return Position{p[0], p[1], at[static_cast<size_t>(p[0] * 3 + p[2])], p[3]}; }));
}

TEST(Gather, AnIndexOutsideIsAnErrorThatNamesItAndTheSize) {
  const Array table = counted<float>({4, 2});
  for (const int32_t bad : {4, -5, std::numeric_limits<int32_t>::min()}) {
    const auto y = run(gather(0), {table, array<int32_t>({2}, {0, bad})});
    ASSERT_FALSE(y.ok());
    EXPECT_EQ(y.status().code(), Code::kInvalidArgument);
    EXPECT_EQ(y.status().message(), str("index ", bad, " at position 1, want -4 to 3 for a dimension of size 4"));
  }
  EXPECT_EQ(run(gather(0), {counted<float>({0, 2}), array<int32_t>({1}, {0})}).status().message(), "index 0 at position 0 addresses a dimension of size 0");
}

TEST(Gather, RefusesWrongTypes) {
  const Array x = counted<float>({4, 2});
  EXPECT_FALSE(run(gather(2), {x, array<int32_t>({1}, {0})}).ok());
  EXPECT_FALSE(run(gather(0), {x, counted<float>({1})}).ok());
  EXPECT_FALSE(run(gather(0), {x}).ok());
  EXPECT_FALSE(run(gather(1, 2), {x, array<int32_t>({4}, {0, 0, 0, 0})}).ok());
  EXPECT_FALSE(run(gather(1, 1), {x, array<int32_t>({3}, {0, 0, 0})}).ok());
  EXPECT_FALSE(run(gather(1, -1), {x, array<int32_t>({4}, {0, 0, 0, 0})}).ok());
}

TEST(Gather, BatchAxis) {
  const ir::Types in{{DType::kF32, {9, 4, 5}}, {DType::kI32, {6, 3}}};
  EXPECT_EQ(axis_of(gather(0), in, {{}, {0, 2}}), (ir::BatchAxis{0, 2}));
  EXPECT_EQ(axis_of(gather(1), in, {{}, {1, 1}}), (ir::BatchAxis{2, 1}));
  EXPECT_EQ(axis_of(gather(1), in, {{0, 3}, {}}), (ir::BatchAxis{0, 3}));
  EXPECT_EQ(axis_of(gather(1), in, {{2, 1}, {}}), (ir::BatchAxis{3, 1}));
  EXPECT_EQ(axis_of(gather(1), in, {{1, 1}, {}}), std::nullopt);
  EXPECT_EQ(axis_of(gather(1), in, {{0, 1}, {0, 1}}), std::nullopt);
  const ir::Types matched{{DType::kF32, {6, 4, 5}}, {DType::kI32, {6, 3}}};
  EXPECT_EQ(axis_of(gather(1, 1), matched, {{0, 2}, {0, 2}}), (ir::BatchAxis{0, 2}));
  EXPECT_EQ(axis_of(gather(1, 1), matched, {{}, {0, 1}}), std::nullopt);
  EXPECT_EQ(axis_of(gather(1, 1), matched, {{0, 1}, {}}), std::nullopt);
}

// torch.gather-like: np.take_along_axis of [[0,1,2],[3,4,5]].
TEST(GatherElements, TakesAlongTheAxis) {
  const Array x = counted<float>({2, 3});
  EXPECT_EQ(values_of<float>(run(gather_elements(1), {x, array<int32_t>({2, 4}, {0, 2, -2, 0, 1, 1, 0, 2})})), (V{0, 2, 1, 0, 4, 4, 3, 5}));
  EXPECT_EQ(values_of<float>(run(gather_elements(0), {x, array<int64_t>({1, 3}, {1, 0, -1})})), (V{3, 1, 5}));
}

TEST(GatherElements, SmallerIndicesThanElements) {
  const Array x = counted<int8_t>({3, 2, 4});
  const std::vector<int32_t> at{1, 0, 1, 1, 0, 0};
  EXPECT_EQ(values_of<int8_t>(run(gather_elements(1), {x, array<int32_t>({2, 1, 3}, at)})),
            moved<int8_t>(x, {2, 1, 3}, [&](const Position& p) { return Position{p[0], at[static_cast<size_t>(p[0] * 3 + p[2])], p[2]}; }));
}

TEST(GatherElements, Refuses) {
  const Array x = counted<float>({2, 3});
  EXPECT_FALSE(run(gather_elements(1), {x, array<int32_t>({3, 1}, {0, 0, 0})}).ok());
  EXPECT_FALSE(run(gather_elements(1), {x, array<int32_t>({2}, {0, 0})}).ok());
  EXPECT_EQ(run(gather_elements(1), {x, array<int32_t>({1, 1}, {3})}).status().code(), Code::kInvalidArgument);
}

TEST(GatherNd, AddressesLeadingDims) {
  const Array x = counted<float>({3, 4, 2});
  EXPECT_EQ(values_of<float>(run(GatherNd(), {x, array<int32_t>({2, 2}, {0, 1, 2, -1})})), (V{2, 3, 22, 23}));
  EXPECT_EQ(values_of<float>(run(GatherNd(), {x, array<int64_t>({3}, {1, 2, 1})})), V{13});
  EXPECT_EQ((*run(GatherNd(), {x, array<int32_t>({2, 0}, {})}))[0].type.shape, (Shape{2, 3, 4, 2}));
}

TEST(GatherNd, Refuses) {
  const Array x = counted<float>({3, 4});
  EXPECT_FALSE(run(GatherNd(), {x, array<int32_t>({1, 3}, {0, 0, 0})}).ok());
  EXPECT_FALSE(run(GatherNd(), {x, array<int32_t>({}, {0})}).ok());
  EXPECT_EQ(run(GatherNd(), {x, array<int32_t>({1, 2}, {0, 4})}).status().code(), Code::kInvalidArgument);
}

TEST(OneHot, LastAxisFirstAxisAndIndicesOutside) {
  const Array on = array<float>({}, {1});
  const Array off = array<float>({1}, {-1});
  EXPECT_EQ(values_of<float>(run(one_hot(3, -1), {array<int32_t>({3}, {2, 0, 3}), on, off})), (V{-1, -1, 1, 1, -1, -1, -1, -1, -1}));
  EXPECT_EQ(values_of<float>(run(one_hot(2, 0), {array<int64_t>({3}, {1, 0, -1}), on, off})), (V{-1, 1, -1, 1, -1, -1}));
  const auto middle = run(one_hot(2, 1), {array<int32_t>({2, 2}, {0, 1, 1, 1}), array<int8_t>({}, {7}), array<int8_t>({}, {0})});
  EXPECT_EQ(values_of<int8_t>(middle), (std::vector<int8_t>{7, 0, 0, 7, 0, 0, 7, 7}));
}

TEST(OneHot, Refuses) {
  const Array ids = array<int32_t>({1}, {0});
  const Array one = array<float>({}, {1});
  EXPECT_FALSE(run(one_hot(-1, -1), {ids, one, one}).ok());
  EXPECT_FALSE(run(one_hot(3, 2), {ids, one, one}).ok());
  EXPECT_FALSE(run(one_hot(3, -1), {ids, counted<float>({2}), one}).ok());
  EXPECT_FALSE(run(one_hot(3, -1), {ids, array<int32_t>({}, {1}), one}).ok());
  EXPECT_FALSE(run(one_hot(std::numeric_limits<int64_t>::max(), -1), {ids, one, one}).ok());
}

TEST(IndexOperators, SurviveHostileAttributesAndIndices) {
  Hostile h(6);
  for (int i = 0; i < 3000; ++i) {
    const Array x = counted<float>(h.shape());
    const Shape shape = h.shape(3);
    std::vector<int64_t> ids(static_cast<size_t>(shape.elements()));
    for (int64_t& v : ids) v = h.value();
    const Array indices = array<int64_t>(shape, ids);
    EXPECT_TRUE(survives(gather(h.value(), h.value()), {x, indices}));
    EXPECT_TRUE(survives(gather_elements(h.value()), {x, indices}));
    EXPECT_TRUE(survives(GatherNd(), {x, indices}));
    EXPECT_TRUE(survives(one_hot(h.value(), h.value()), {indices, array<float>({}, {1}), array<float>({}, {0})}));
  }
}

}  // namespace
}  // namespace mindird::ops
