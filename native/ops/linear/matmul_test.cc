#include "ops/linear/matmul.h"

#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

MatMul make(bool transpose_a, bool transpose_b) {
  MatMul op;
  op.transpose_a = transpose_a;
  op.transpose_b = transpose_b;
  return op;
}

/// Swaps the last two dims.
Array transposed(const Array& a) {
  const Shape& s = a.type.shape;
  const size_t r = s.rank();
  std::vector<int64_t> dims = s.vector();
  std::swap(dims[r - 1], dims[r - 2]);
  const std::vector<double> from = reals(a);
  std::vector<double> to;
  const int64_t rows = s[r - 2];
  const int64_t columns = s[r - 1];
  for (int64_t m = 0; m < s.elements(); m += rows * columns) {
    for (int64_t c = 0; c < columns; ++c) {
      for (int64_t i = 0; i < rows; ++i) to.push_back(from[static_cast<size_t>(m + i * columns + c)]);
    }
  }
  return array_of<float>(Shape(dims), to);
}

TEST(MatMul, SmallProductByHand) {
  const Array a = array<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  const Array b = array<float>({3, 2}, {7, 8, 9, 10, 11, 12});
  expect_output(run(make(false, false), {a, b}), {2, 2}, {58, 64, 139, 154}, 0);
  expect_output(run(make(false, false), {a, b, array<float>({2}, {0.5, -1})}), {2, 2}, {58.5, 63, 139.5, 153}, 0);
}

TEST(MatMul, EveryTransposeGivesTheSameProduct) {
  // 67 columns: one whole panel and a part of one.
  const Array a = sequence({5, 9}, 11, 5);
  const Array b = sequence({9, 67}, 13, 6);
  std::vector<double> want;
  const auto x = a.values<float>();
  const auto y = b.values<float>();
  for (size_t i = 0; i < 5; ++i) {
    for (size_t j = 0; j < 67; ++j) {
      double sum = 0;
      for (size_t k = 0; k < 9; ++k) sum += static_cast<double>(x[i * 9 + k]) * static_cast<double>(y[k * 67 + j]);
      want.push_back(sum);
    }
  }
  const Shape shape{5, 67};
  expect_output(run(make(false, false), {a, b}), shape, want, 0);
  expect_output(run(make(true, false), {transposed(a), b}), shape, want, 0);
  expect_output(run(make(false, true), {a, transposed(b)}), shape, want, 0);
  expect_output(run(make(true, true), {transposed(a), transposed(b)}), shape, want, 0);
}

TEST(MatMul, LeadingDimsBroadcast) {
  const Array a = array<float>({2, 1, 1, 2}, {1, 2, 3, 4});
  const Array b = array<float>({3, 2, 1}, {1, 0, 0, 1, 1, 1});
  expect_output(run(make(false, false), {a, b}), {2, 3, 1, 1}, {1, 2, 3, 3, 4, 7}, 0);
  const Array matrix = array<float>({2, 1}, {10, 1});
  expect_output(run(make(false, false), {a, matrix}), {2, 1, 1, 1}, {12, 34}, 0);
}

TEST(MatMul, OtherTypes) {
  const auto check = [&]<class T>() {
    const Array a = array_of<T>({1, 3}, {1, 2, 3});
    expect_output(run(make(false, true), {a, a}), {1, 1}, {14}, 0);
  };
  check.operator()<double>();
  check.operator()<Half>();
  check.operator()<BFloat16>();
  check.operator()<int32_t>();
  check.operator()<int64_t>();
  check.operator()<uint8_t>();
  const Array negative = array<int8_t>({1, 2}, {-3, 4});
  expect_output(run(make(false, true), {negative, array<int8_t>({1, 2}, {5, 6})}), {1, 1}, {9}, 0);
}

TEST(MatMul, HalvesAreSummedWide) {
  // 4096 ones followed by 1: in float16 steps the sum would stop at 2048.
  std::vector<double> ones(4097, 1.0);
  const Array a = array_of<Half>({1, 4097}, ones);
  expect_output(run(make(false, true), {a, a}), {1, 1}, {4096}, 0);
}

TEST(MatMul, EmptyDims) {
  expect_output(run(make(false, false), {array<float>({2, 0}, {}), array<float>({0, 2}, {})}), {2, 2}, {0, 0, 0, 0});
  expect_output(run(make(false, false), {array<float>({0, 3}, {}), counted<float>({3, 2})}), {0, 2}, {});
}

TEST(MatMul, Refuses) {
  EXPECT_EQ(run(make(false, false), {counted<float>({2, 3}), counted<float>({2, 3})}).status().message(),
            "inputs f32[2,3] and f32[2,3] have inner sizes 3 and 2, want equal ones");
  EXPECT_FALSE(run(make(false, false), {counted<float>({3}), counted<float>({3, 2})}).ok());
  EXPECT_FALSE(run(make(false, false), {counted<float>({2, 2, 2}), counted<float>({3, 2, 2})}).ok());
  EXPECT_FALSE(run(make(false, false), {counted<float>({2, 2}), counted<float>({2, 2}), counted<float>({1})}).ok());
  const int64_t big = int64_t{1} << 32;
  EXPECT_FALSE(make(false, false).infer(ir::Types{{DType::kF32, {big, 1}}, {DType::kF32, {1, big}}}).ok());
}

TEST(MatMul, Cost) {
  const ir::Types in{{DType::kF32, {4, 8}}, {DType::kF32, {8, 16}}};
  EXPECT_EQ(make(false, false).cost(in, *make(false, false).infer(in)), 4 * 8 * 16);
}

TEST(MatMul, BatchAxisHoldsWhereverAccepted) {
  for (const bool ta : {false, true}) {
    for (const bool tb : {false, true}) {
      const MatMul op = make(ta, tb);
      EXPECT_GT(count_batch_placements(op, {sequence({3, 3}, 11, 5), sequence({3, 3}, 13, 6)}), 0);
      EXPECT_GT(count_batch_placements(op, {sequence({3, 3, 3}, 11, 5), sequence({3, 3, 3}, 13, 6)}), 0);
      EXPECT_GT(count_batch_placements(op, {sequence({6, 3, 3}, 11, 5), sequence({3, 3}, 13, 6), sequence({3}, 5, 2)}), 0);
      EXPECT_GT(count_batch_placements(op, {sequence({3, 1, 3, 3}, 11, 5), sequence({2, 3, 3}, 13, 6)}), 0);
      EXPECT_GT(count_batch_placements(op, {sequence({3, 3}, 11, 5), sequence({6, 3, 3}, 13, 6)}), 0);
    }
  }
}

TEST(MatMul, BatchAxisOfCommonForms) {
  const MatMul op = make(false, false);
  const ir::Types dense{{DType::kF32, {3, 8}}, {DType::kF32, {8, 4}}, {DType::kF32, {4}}};
  EXPECT_EQ(axis_of(op, dense, {{0, 1}, {}, {}}), (ir::BatchAxis{0, 1}));
  EXPECT_EQ(axis_of(op, dense, {{1, 1}, {}, {}}), std::nullopt);
  const ir::Types heads{{DType::kF32, {3, 2, 5, 8}}, {DType::kF32, {3, 2, 8, 5}}};
  EXPECT_EQ(axis_of(op, heads, {{0, 1}, {0, 1}}), (ir::BatchAxis{0, 1}));
  EXPECT_EQ(axis_of(op, heads, {{0, 1}, {}}), std::nullopt);
  const ir::Types merged{{DType::kF32, {6, 5, 8}}, {DType::kF32, {6, 8, 5}}};
  EXPECT_EQ(axis_of(op, merged, {{0, 2}, {0, 2}}), (ir::BatchAxis{0, 2}));
}

}  // namespace
}  // namespace mindird::ops
