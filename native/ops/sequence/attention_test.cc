#include "ops/sequence/attention.h"

#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

Attention make(double scale) {
  Attention op;
  op.scale = scale;
  return op;
}

TEST(Attention, AgreesWithNumpy) {
  // einsum, exp and sum in float64; two heads, 2 queries, 4 keys of depth 3, values of width 2.
  const std::vector<double> want{-1.31310646, 0.237824636, -0.885961356, 0.511072778, -0.556801438, -0.595990324, -1.37580912, 1.62930885};
  const Array q = sequence({1, 2, 2, 3}, 11, 5, 0.3);
  const Array k = sequence({1, 2, 4, 3}, 13, 6, 0.3);
  const Array v = sequence({1, 2, 4, 2}, 9, 4, 0.5);
  expect_output(run(make(0.5), {q, k, v, sequence({2, 4}, 5, 2, 0.7)}), {1, 2, 2, 2}, want);
}

TEST(Attention, EqualScoresAverageTheValues) {
  const Array q = array<float>({1, 2}, {0, 0});
  const Array k = counted<float>({3, 2});
  const Array v = array<float>({3, 1}, {1, 2, 6});
  expect_output(run(make(1), {q, k, v}), {1, 1}, {3});
}

TEST(Attention, MaskHidesKeysInEveryBroadcastForm) {
  const Array q = counted<float>({2, 1, 2, 1});
  const Array k = array<float>({2, 1, 2, 1}, {0, 0, 0, 0});
  const Array v = array<float>({2, 1, 2, 1}, {1, 2, 3, 4});
  const double low = -1e9;
  expect_output(run(make(1), {q, k, v, array_of<float>({2}, {low, 0})}), {2, 1, 2, 1}, {2, 2, 4, 4});
  expect_output(run(make(1), {q, k, v, array_of<float>({2, 2}, {low, 0, 0, low})}), {2, 1, 2, 1}, {2, 1, 4, 3});
  expect_output(run(make(1), {q, k, v, array_of<float>({2, 1, 1, 2}, {low, 0, 0, low})}), {2, 1, 2, 1}, {2, 2, 3, 3});
  expect_output(run(make(1), {q, k, v, array_of<float>({1}, {5})}), {2, 1, 2, 1}, {1.5, 1.5, 3.5, 3.5});
}

TEST(Attention, Refuses) {
  const Array q = counted<float>({2, 3});
  EXPECT_FALSE(run(make(1), {q, counted<float>({4, 2}), counted<float>({4, 2})}).ok());
  EXPECT_FALSE(run(make(1), {q, counted<float>({4, 3}), counted<float>({5, 2})}).ok());
  EXPECT_FALSE(run(make(1), {q, counted<float>({4, 3}), counted<float>({4, 2}), counted<float>({3})}).ok());
  EXPECT_FALSE(run(make(1), {q, counted<float>({4, 3}), counted<float>({4, 2}), counted<float>({1, 2, 4})}).ok());
  EXPECT_FALSE(run(make(1), {q, array<float>({0, 3}, {}), array<float>({0, 2}, {})}).ok());
  expect_output(run(make(1), {array<float>({0, 3}, {}), counted<float>({4, 3}), counted<float>({4, 2})}), {0, 2}, {});
}

TEST(Attention, BatchAxis) {
  const Attention op = make(0.5);
  const auto in = [](const Shape& q, const Shape& k, const Shape& v) {
    return std::vector<Array>{sequence(q, 11, 5, 0.3), sequence(k, 13, 6, 0.3), sequence(v, 9, 4, 0.5)};
  };
  EXPECT_GT(count_batch_placements(op, in({3, 2, 2}, {3, 4, 2}, {3, 4, 5})), 0);
  EXPECT_GT(count_batch_placements(op, in({3, 3, 3}, {3, 3, 3}, {3, 3, 3})), 0);
  auto masked = in({3, 3, 3}, {3, 3, 3}, {3, 3, 3});
  masked.push_back(sequence({3, 1, 3}, 5, 2, 0.7));
  EXPECT_GT(count_batch_placements(op, masked), 0);
  masked[3] = sequence({3, 3}, 5, 2, 0.7);
  EXPECT_GT(count_batch_placements(op, masked), 0);
  const ir::Types types{{DType::kF32, {3, 2, 4}}, {DType::kF32, {3, 5, 4}}, {DType::kF32, {3, 5, 4}}, {DType::kF32, {3, 1, 5}}};
  EXPECT_EQ(axis_of(op, types, {{0, 1}, {0, 1}, {0, 1}, {0, 1}}), (ir::BatchAxis{0, 1}));
  EXPECT_EQ(axis_of(op, types, {{0, 1}, {0, 1}, {0, 1}, {}}), std::nullopt);
  EXPECT_EQ(axis_of(op, types, {{0, 1}, {}, {}, {0, 1}}), std::nullopt);
}

}  // namespace
}  // namespace mindird::ops
