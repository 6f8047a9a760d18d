// Expand, Tile and Reverse: whole dims repeated or turned round.
#include "ops/movement/expand.h"

#include <gtest/gtest.h>

#include "ops/movement/reverse.h"
#include "ops/indexing/testing_index.h"
#include "ops/movement/tile.h"

namespace mindird::ops {
namespace {

using namespace testing;
using V = std::vector<float>;

template <class Op>
Op make(std::vector<int64_t> values) {
  Op op;
  if constexpr (std::is_same_v<Op, Expand>) op.shape = std::move(values);
  if constexpr (std::is_same_v<Op, Tile>) op.repeats = std::move(values);
  if constexpr (std::is_same_v<Op, Reverse>) op.axes = std::move(values);
  return op;
}

TEST(Expand, RepeatsDimsOfSizeOne) {
  EXPECT_EQ(values_of<float>(run(make<Expand>({2, 3}), {array<float>({2, 1}, {4, 5})})), (V{4, 4, 4, 5, 5, 5}));
  EXPECT_EQ(values_of<float>(run(make<Expand>({2, 3}), {array<float>({3}, {1, 2, 3})})), (V{1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(values_of<float>(run(make<Expand>({2, 2}), {array<float>({}, {9})})), (V{9, 9, 9, 9}));
}

TEST(Expand, AgreesWithPositions) {
  const Array x = counted<int64_t>({3, 1, 2, 1});
  const auto y = run(make<Expand>({2, 3, 5, 2, 20}), {x});
  EXPECT_EQ(values_of<int64_t>(y), moved<int64_t>(x, {2, 3, 5, 2, 20}, [](const Position& p) { return Position{p[1], 0, p[3], 0}; }));
}

TEST(Expand, ToAnEmptyShape) {
  const auto y = run(make<Expand>({0, 3}), {counted<float>({1, 3})});
  ASSERT_TRUE(y.ok());
  EXPECT_EQ((*y)[0].type.shape, (Shape{0, 3}));
}

TEST(Expand, RefusesShapesThatDoNotFit) {
  const Array x = counted<float>({2, 3});
  EXPECT_FALSE(run(make<Expand>({3, 3}), {x}).ok());
  EXPECT_FALSE(run(make<Expand>({3}), {x}).ok());
  EXPECT_FALSE(run(make<Expand>({1, 3}), {x}).ok());
  EXPECT_FALSE(run(make<Expand>({-1, 3}), {x}).ok());
  EXPECT_FALSE(run(make<Expand>(std::vector<int64_t>(13, 1)), {counted<float>({1})}).ok());
}

TEST(Expand, BatchAxis) {
  const ir::Types in{{DType::kF32, {4, 1}}};
  EXPECT_EQ(axis_of(make<Expand>({7, 4, 3}), in, {{0, 2}}), (ir::BatchAxis{1, 2}));
  EXPECT_EQ(axis_of(make<Expand>({7, 4, 3}), in, {{1, 1}}), std::nullopt);
}

TEST(Tile, RepeatsAlongEveryDim) {
  EXPECT_EQ(values_of<float>(run(make<Tile>({2, 2}), {array<float>({1, 2}, {1, 2})})), (V{1, 2, 1, 2, 1, 2, 1, 2}));
  const Array x = counted<int16_t>({2, 3, 2});
  const auto y = run(make<Tile>({3, 1, 4}), {x});
  EXPECT_EQ(values_of<int16_t>(y), moved<int16_t>(x, {6, 3, 8}, [](const Position& p) { return Position{p[0] % 2, p[1], p[2] % 2}; }));
}

TEST(Tile, TwelveDims) {
  const Array x = counted<uint8_t>(Shape(std::vector<int64_t>(12, 2)));
  const auto y = run(make<Tile>({1, 2, 1, 1, 1, 2, 1, 1, 1, 1, 1, 2}), {x});
  ASSERT_TRUE(y.ok());
  const auto source = [](Position p) {
    for (int64_t& v : p) v %= 2;
    return p;
  };
  EXPECT_EQ(values_of<uint8_t>(y), moved<uint8_t>(x, (*y)[0].type.shape, source));
}

TEST(Tile, RefusesNegativeWrongOrHugeRepeats) {
  const Array x = counted<float>({2, 3});
  EXPECT_FALSE(run(make<Tile>({2}), {x}).ok());
  EXPECT_FALSE(run(make<Tile>({2, -1}), {x}).ok());
  EXPECT_FALSE(run(make<Tile>({int64_t{1} << 40, int64_t{1} << 40}), {x}).ok());
}

TEST(Tile, BatchAxis) {
  const ir::Types in{{DType::kF32, {4, 3}}};
  EXPECT_EQ(axis_of(make<Tile>({1, 2}), in, {{0, 2}}), (ir::BatchAxis{0, 2}));
  EXPECT_EQ(axis_of(make<Tile>({2, 1}), in, {{0, 1}}), std::nullopt);
}

TEST(Reverse, TurnsNamedDimsRound) {
  EXPECT_EQ(values_of<float>(run(make<Reverse>({1}), {counted<float>({2, 3})})), (V{2, 1, 0, 5, 4, 3}));
  EXPECT_EQ(values_of<float>(run(make<Reverse>({-2, 1}), {counted<float>({2, 3})})), (V{5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(values_of<float>(run(make<Reverse>({}), {counted<float>({3})})), (V{0, 1, 2}));
  const Array x = counted<uint8_t>({3, 2, 5});
  EXPECT_EQ(values_of<uint8_t>(run(make<Reverse>({0, 2}), {x})),
            moved<uint8_t>(x, {3, 2, 5}, [](const Position& p) { return Position{2 - p[0], p[1], 4 - p[2]}; }));
}

TEST(Reverse, RefusesWrongAxes) {
  EXPECT_FALSE(run(make<Reverse>({2}), {counted<float>({2, 3})}).ok());
  EXPECT_FALSE(run(make<Reverse>({0, -2}), {counted<float>({2, 3})}).ok());
}

TEST(Reverse, BatchAxis) {
  const ir::Types in{{DType::kF32, {4, 3}}};
  EXPECT_EQ(axis_of(make<Reverse>({1}), in, {{0, 2}}), (ir::BatchAxis{0, 2}));
  EXPECT_EQ(axis_of(make<Reverse>({-2}), in, {{0, 1}}), std::nullopt);
}

TEST(ExpandTileReverse, SurviveHostileAttributes) {
  Hostile h(3);
  for (int i = 0; i < 1000; ++i) {
    const Array x = counted<float>(h.shape());
    EXPECT_TRUE(survives(make<Expand>(h.list(x.type.shape.rank() + h.pick(2))), {x}));
    EXPECT_TRUE(survives(make<Tile>(h.list(x.type.shape.rank())), {x}));
    EXPECT_TRUE(survives(make<Reverse>(h.list(h.pick(3))), {x}));
  }
}

}  // namespace
}  // namespace mindird::ops
