// Expectations named "reference" were computed by ONNX Runtime; the rest by a formula written output element by output element.
#include "ops/linear/conv.h"

#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

Conv make(std::vector<int64_t> stride, std::vector<int64_t> dilation, std::vector<int64_t> begin, std::vector<int64_t> end, int64_t groups = 1) {
  Conv op;
  op.stride = std::move(stride);
  op.dilation = std::move(dilation);
  op.pad_begin = std::move(begin);
  op.pad_end = std::move(end);
  op.groups = groups;
  return op;
}

/// One output element of a convolution over any number of spatial dims.
double element(const Conv& op, const Array& x, const Array& w, const Position& at) {
  const auto xs = reals(x);
  const auto ws = reals(w);
  const Shape& kernel = w.type.shape;
  const int64_t group = at[1] / (kernel[0] / op.groups);
  double sum = 0;
  for (int64_t t = 0; t < kernel.elements() / kernel[0]; ++t) {
    Shape taps = kernel;
    taps[0] = 1;
    const Position tap = position_of(t, taps);
    int64_t from = at[0] * x.type.shape[1] + group * kernel[1] + tap[1];
    bool inside = true;
    for (size_t d = 2; d < at.size(); ++d) {
      const int64_t p = at[d] * op.stride[d - 2] + tap[d] * op.dilation[d - 2] - op.pad_begin[d - 2];
      inside = inside && p >= 0 && p < x.type.shape[d];
      from = from * x.type.shape[d] + p;
    }
    if (inside) sum += xs[static_cast<size_t>(from)] * ws[static_cast<size_t>(at[1] * (kernel.elements() / kernel[0]) + t)];
  }
  return sum;
}

void check(const Conv& op, const Shape& x_shape, const Shape& w_shape, const Shape& out) {
  const Array x = sequence(x_shape, 11, 5);
  const Array w = sequence(w_shape, 5, 2);
  std::vector<double> want;
  for (int64_t i = 0; i < out.elements(); ++i) want.push_back(element(op, x, w, position_of(i, out)));
  expect_output(run(op, {x, w}), out, want, 0);
}

TEST(Conv, ReferenceWithGroupsDilationAsymmetricPaddingAndBias) {
  const Conv op = make({2, 1}, {1, 2}, {1, 2}, {0, 1}, 2);
  const auto y = run(op, {sequence({1, 2, 4, 5}, 11, 5), sequence({2, 1, 2, 3}, 5, 2), array<float>({2}, {0.5, -1})});
  expect_output(y, {1, 2, 2, 4}, {3.5, -7.5, -0.5, 13.5, 3.5, 11.5, -9.5, -6.5, -2, -9, 0, 2, -6, -10, 4, -6}, 0);
}

TEST(Conv, ReferenceOneDim) {
  const auto y = run(make({2}, {2}, {1}, {2}), {sequence({2, 3, 7}, 11, 5), sequence({2, 3, 3}, 5, 2)});
  expect_output(y, {2, 2, 3}, {-15, 2, 4, -1, 3, 11, -4, 17, -15, 13, -16, -7}, 0);
}

TEST(Conv, ReferenceThreeDims) {
  const auto y = run(make({1, 2, 1}, {1, 1, 1}, {0, 1, 0}, {1, 0, 0}), {sequence({1, 1, 3, 3, 3}, 11, 5), sequence({1, 1, 2, 2, 2}, 5, 2)});
  expect_output(y, {1, 1, 3, 2, 2}, {20, -2, -17, -2, -2, -2, -3, 12, -2, -10, 0, -4}, 0);
}

TEST(Conv, AgreesWithTheElementwiseFormula) {
  check(make({1, 1}, {1, 1}, {0, 0}, {0, 0}), {2, 3, 5, 7}, {4, 3, 1, 1}, {2, 4, 5, 7});
  check(make({3, 2}, {2, 1}, {2, 3}, {1, 0}), {1, 2, 9, 8}, {3, 2, 3, 5}, {1, 3, 3, 4});
  check(make({1, 1}, {1, 1}, {1, 1}, {1, 1}, 4), {1, 4, 5, 5}, {8, 1, 3, 3}, {1, 8, 5, 5});
  check(make({1}, {1}, {1}, {1}), {1, 1, 600}, {1, 1, 3}, {1, 1, 600});
  check(make({2}, {3}, {4}, {5}), {1, 2, 531}, {2, 2, 4}, {1, 2, 266});
  // Padding wider than the input: some windows lie in it wholly.
  check(make({1, 1}, {1, 1}, {3, 3}, {3, 3}), {1, 1, 1, 2}, {1, 1, 2, 2}, {1, 1, 6, 7});
}

TEST(Conv, OtherTypes) {
  const auto check_type = [&]<class T>() {
    const auto y = run(make({1}, {1}, {0}, {0}), {array_of<T>({1, 1, 4}, {1, 2, 3, 4}), array_of<T>({1, 1, 2}, {1, -2}), array_of<T>({1}, {0.5})});
    expect_output(y, {1, 1, 3}, {-2.5, -3.5, -4.5}, 0);
  };
  check_type.operator()<double>();
  check_type.operator()<Half>();
  check_type.operator()<BFloat16>();
}

TEST(Conv, EmptyBatch) { expect_output(run(make({1}, {1}, {0}, {0}), {array<float>({0, 1, 4}, {}), counted<float>({2, 1, 2})}), {0, 2, 3}, {}); }

TEST(Conv, Refuses) {
  const auto message = [](const Conv& op, const Shape& x, const Shape& w) { return run(op, {counted<float>(x), counted<float>(w)}).status().message(); };
  EXPECT_EQ(message(make({1, 1, 1}, {1, 1}, {0, 0}, {0, 0}), {1, 1, 3, 3}, {1, 1, 2, 2}), "stride has 3 values, want 2");
  EXPECT_EQ(message(make({1, 0}, {1, 1}, {0, 0}, {0, 0}), {1, 1, 3, 3}, {1, 1, 2, 2}), "stride has the value 0, want 1 to 2147483648");
  EXPECT_EQ(message(make({1, 1}, {1, 1}, {0, 0}, {0, 0}, 2), {1, 3, 3, 3}, {2, 1, 2, 2}), "input f32[1,3,3,3] and weight f32[2,1,2,2] do not fit 2 groups");
  EXPECT_EQ(message(make({1, 1}, {2, 1}, {0, 0}, {0, 0}), {1, 1, 3, 3}, {1, 1, 3, 2}),
            "spatial dim 0 has size 3 and padding 0 and 0, want at least the 5 under the window");
  EXPECT_NE(message(make({1, 1}, {1, 1}, {-1, 0}, {0, 0}), {1, 1, 3, 3}, {1, 1, 2, 2}), "");
  EXPECT_NE(message(make({1}, {1}, {0}, {0}), {1, 1}, {1, 1}), "");
}

TEST(Conv, CostCountsMultiplyAdds) {
  const Conv op = make({1, 1}, {1, 1}, {1, 1}, {1, 1}, 2);
  const ir::Types in{{DType::kF32, {2, 4, 5, 5}}, {DType::kF32, {6, 2, 3, 3}}};
  EXPECT_EQ(op.cost(in, *op.infer(in)), 2 * 6 * 25 * 2 * 9);
}

TEST(Conv, BatchAxis) {
  const Conv op = make({1}, {1}, {1}, {1});
  EXPECT_EQ(count_batch_placements(op, {sequence({3, 3, 3}, 11, 5), sequence({3, 3, 3}, 5, 2), sequence({3}, 5, 2)}), 1);
  EXPECT_EQ(count_batch_placements(op, {sequence({6, 2, 4}, 11, 5), sequence({2, 2, 2}, 5, 2)}), 1);
}

}  // namespace
}  // namespace mindird::ops
