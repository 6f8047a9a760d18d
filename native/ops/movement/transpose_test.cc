#include "ops/movement/transpose.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;

Transpose make(std::vector<int64_t> perm) {
  Transpose op;
  op.perm = std::move(perm);
  return op;
}

template <class T>
void expect_permuted(const std::vector<int64_t>& perm, const Shape& shape) {
  const Array x = counted<T>(shape);
  const auto y = run(make(perm), {x});
  ASSERT_TRUE(y.ok()) << y.status().message();
  const auto source = [&](const Position& p) {
    Position at(perm.size());
    for (size_t i = 0; i < perm.size(); ++i) at[static_cast<size_t>(perm[i])] = p[i];
    return at;
  };
  EXPECT_EQ(values_of<T>(y), moved<T>(x, (*y)[0].type.shape, source)) << list_text<int64_t>(perm) << " of " << shape.text();
}

TEST(Transpose, Matrix) {
  const auto y = run(make({1, 0}), {counted<float>({2, 3})});
  EXPECT_EQ(values_of<float>(y), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ((*y)[0].type.shape, (Shape{3, 2}));
}

TEST(Transpose, EveryPermutationOfFourDims) {
  std::vector<int64_t> perm(4);
  std::iota(perm.begin(), perm.end(), 0);
  do {
    expect_permuted<float>(perm, {2, 3, 1, 5});
    expect_permuted<uint8_t>(perm, {3, 2, 4, 2});
    expect_permuted<double>(perm, {1, 7, 2, 3});
  } while (std::next_permutation(perm.begin(), perm.end()));
}

TEST(Transpose, LargerThanATileWithOddEdges) {
  expect_permuted<int32_t>({1, 0}, {33, 50});
  expect_permuted<int16_t>({0, 2, 1}, {3, 17, 35});
  expect_permuted<int64_t>({2, 0, 1}, {5, 21, 18});
  expect_permuted<uint8_t>({0, 2, 3, 1}, {2, 19, 6, 7});
}

TEST(Transpose, HalfScalarAndEmpty) {
  const auto y = run(make({1, 0}), {array<Half>({1, 2}, {Half(1), Half(2)})});
  EXPECT_EQ(values_of<uint16_t>(y), (std::vector<uint16_t>{0x3c00, 0x4000}));
  EXPECT_EQ(values_of<float>(run(make({}), {array<float>({}, {3})})), std::vector<float>{3});
  const auto empty = run(make({2, 0, 1}), {counted<float>({2, 0, 3})});
  ASSERT_TRUE(empty.ok());
  EXPECT_EQ((*empty)[0].type.shape, (Shape{3, 2, 0}));
}

TEST(Transpose, RefusesWhatIsNoPermutation) {
  const Array x = counted<float>({2, 3});
  EXPECT_FALSE(run(make({0, 0}), {x}).ok());
  EXPECT_FALSE(run(make({0, 2}), {x}).ok());
  EXPECT_FALSE(run(make({0, -1}), {x}).ok());
  EXPECT_FALSE(run(make({0}), {x}).ok());
  EXPECT_FALSE(run(make({0, 1}), {x, x}).ok());
}

TEST(Transpose, BatchAxisMoves) {
  const ir::Types in{{DType::kF32, {6, 4, 5}}};
  EXPECT_EQ(axis_of(make({1, 2, 0}), in, {{0, 3}}), (ir::BatchAxis{2, 3}));
  EXPECT_EQ(axis_of(make({0, 2, 1}), in, {{0, 1}}), (ir::BatchAxis{0, 1}));
  EXPECT_EQ(axis_of(make({1, 2, 0}), in, {{}}), ir::BatchAxis{});
}

TEST(Transpose, SurvivesHostileAttributes) {
  Hostile h(2);
  for (int i = 0; i < 1000; ++i) {
    const Shape shape = h.shape();
    EXPECT_TRUE(survives(make(h.list(shape.rank())), {counted<float>(shape)}));
  }
}

}  // namespace
}  // namespace mindird::ops
