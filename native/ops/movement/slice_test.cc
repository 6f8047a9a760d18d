#include "ops/movement/slice.h"

#include <gtest/gtest.h>

#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;
using V = std::vector<float>;

Slice make(std::vector<int64_t> begin, std::vector<int64_t> size, std::vector<int64_t> stride) {
  Slice op;
  op.begin = std::move(begin);
  op.size = std::move(size);
  op.stride = std::move(stride);
  return op;
}

TEST(Slice, TakesEverySecondColumn) {
  const auto y = run(make({0, 1}, {2, 2}, {1, 2}), {counted<float>({2, 4})});
  EXPECT_EQ(values_of<float>(y), (V{1, 3, 5, 7}));
}

TEST(Slice, RunsBackwards) {
  const auto y = run(make({2, 3}, {3, 2}, {-1, -3}), {counted<float>({3, 4})});
  EXPECT_EQ(values_of<float>(y), (V{11, 8, 7, 4, 3, 0}));
}

TEST(Slice, EmptyAndScalar) {
  const auto empty = run(make({9, 0}, {0, 4}, {1, 1}), {counted<float>({3, 4})});
  ASSERT_TRUE(empty.ok());
  EXPECT_EQ((*empty)[0].type.shape, (Shape{0, 4}));
  EXPECT_EQ(values_of<float>(run(make({}, {}, {}), {array<float>({}, {7})})), V{7});
}

TEST(Slice, AgreesWithPositionsForEveryElementSize) {
  const Slice op = make({4, 0, 1}, {3, 2, 2}, {-2, 1, 3});
  const auto source = [](const Position& p) { return Position{4 - 2 * p[0], p[1], 1 + 3 * p[2]}; };
  const Array bytes = counted<uint8_t>({5, 3, 6});
  EXPECT_EQ(values_of<uint8_t>(run(op, {bytes})), moved<uint8_t>(bytes, {3, 2, 2}, source));
  const Array shorts = counted<int16_t>({5, 3, 6});
  EXPECT_EQ(values_of<int16_t>(run(op, {shorts})), moved<int16_t>(shorts, {3, 2, 2}, source));
  const Array longs = counted<int64_t>({5, 3, 6});
  EXPECT_EQ(values_of<int64_t>(run(op, {longs})), moved<int64_t>(longs, {3, 2, 2}, source));
}

TEST(Slice, RefusesPositionsOutside) {
  const Array x = counted<float>({3});
  EXPECT_FALSE(run(make({1}, {3}, {1}), {x}).ok());
  EXPECT_FALSE(run(make({0}, {2}, {-1}), {x}).ok());
  EXPECT_FALSE(run(make({-1}, {1}, {1}), {x}).ok());
  EXPECT_FALSE(run(make({0}, {2}, {0}), {x}).ok());
  EXPECT_FALSE(run(make({0}, {-1}, {1}), {x}).ok());
  EXPECT_FALSE(run(make({2}, {int64_t{1} << 62}, {int64_t{1} << 62}), {x}).ok());
  EXPECT_FALSE(run(make({0, 0}, {1, 1}, {1, 1}), {x}).ok());
}

TEST(Slice, BatchAxisOnlyWhenUntouched) {
  const ir::Types in{{DType::kF32, {6, 4}}};
  EXPECT_EQ(axis_of(make({0, 1}, {6, 2}, {1, 1}), in, {{0, 2}}), (ir::BatchAxis{0, 2}));
  EXPECT_EQ(axis_of(make({0, 1}, {6, 2}, {1, 1}), in, {{1, 1}}), std::nullopt);
  EXPECT_EQ(axis_of(make({5, 0}, {6, 4}, {-1, 1}), in, {{0, 1}}), std::nullopt);
  EXPECT_EQ(axis_of(make({0, 0}, {3, 4}, {1, 1}), in, {{0, 1}}), std::nullopt);
  EXPECT_EQ(axis_of(make({0, 0}, {3, 4}, {1, 1}), in, {{}}), ir::BatchAxis{});
}

TEST(Slice, SurvivesHostileAttributes) {
  Hostile h(1);
  for (int i = 0; i < 2000; ++i) {
    const Shape shape = h.shape();
    EXPECT_TRUE(survives(make(h.list(shape.rank()), h.list(shape.rank()), h.list(shape.rank())), {counted<float>(shape)}));
  }
}

}  // namespace
}  // namespace mindird::ops
