// Expectations named "reference" were computed by ONNX Runtime; the rest by scattering every input element over its window.
#include "ops/linear/conv_transpose.h"

#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;
using List = std::vector<int64_t>;

ConvTranspose make(List stride, List dilation, List begin, List end, List output_padding, int64_t groups = 1) {
  ConvTranspose op;
  op.stride = std::move(stride);
  op.dilation = std::move(dilation);
  op.pad_begin = std::move(begin);
  op.pad_end = std::move(end);
  op.output_padding = std::move(output_padding);
  op.groups = groups;
  return op;
}

/// Adds each input element times its kernel to the outputs it reaches.
std::vector<double> scatter(const ConvTranspose& op, const Array& x, const Array& w, const Shape& out) {
  const auto xs = reals(x);
  const auto ws = reals(w);
  const Shape& in = x.type.shape;
  const Shape& kernel = w.type.shape;
  const int64_t per_kernel = kernel.elements() / kernel[0];
  std::vector<double> result(static_cast<size_t>(out.elements()));
  for (int64_t i = 0; i < in.elements(); ++i) {
    const Position from = position_of(i, in);
    const int64_t group = from[1] / (in[1] / op.groups);
    for (int64_t t = 0; t < per_kernel; ++t) {
      Shape taps = kernel;
      taps[0] = 1;
      const Position tap = position_of(t, taps);
      int64_t to = from[0] * out[1] + group * kernel[1] + tap[1];
      bool inside = true;
      for (size_t d = 2; d < in.rank(); ++d) {
        const int64_t p = from[d] * op.stride[d - 2] + tap[d] * op.dilation[d - 2] - op.pad_begin[d - 2];
        inside = inside && p >= 0 && p < out[d];
        to = to * out[d] + p;
      }
      if (inside) result[static_cast<size_t>(to)] += xs[static_cast<size_t>(i)] * ws[static_cast<size_t>(from[1] * per_kernel + t)];
    }
  }
  return result;
}

void check(const ConvTranspose& op, const Shape& x_shape, const Shape& w_shape, const Shape& out) {
  const Array x = sequence(x_shape, 11, 5);
  const Array w = sequence(w_shape, 5, 2);
  expect_output(run(op, {x, w}), out, scatter(op, x, w, out), 0);
}

TEST(ConvTranspose, ReferenceWithEverything) {
  const auto y =
      run(make({2, 3}, {1, 2}, {1, 0}, {0, 1}, {1, 0}, 2), {sequence({1, 4, 2, 3}, 11, 5), sequence({4, 1, 3, 2}, 5, 2), array<float>({2}, {0.5, -1})});
  expect_output(y, {1, 2, 5, 8}, {-7.5, 0.5, 0.5,  6.5, 0.5,  7.5, -1.5, 0.5,  5.5, 0.5, 12.5, -1.5, 0.5, -8.5, 2.5, 0.5, -9.5, 0.5, -0.5, 4.5,
                                  0.5,  6.5, -3.5, 0.5, -1.5, 0.5, 7.5,  -1.5, 0.5, 0.5, -1.5, 0.5,  0.5, 0.5,  0.5, 0.5, 0.5,  0.5, 0.5,  0.5,
                                  -3,   -1,  -2,   -3,  -1,   2,   -3,   -1,   -7,  -1,  11,   -7,   -1,  -1,   15,  -1,  -3,   -1,  -1,   -3,
                                  -1,   3,   8,    -1,  -9,   -1,  3,    -1,   -1,  -5,  7,    -1,   -1,  -1,   -1,  -1,  -1,   -1,  -1,   -1},
                0);
}

TEST(ConvTranspose, ReferenceOneDim) {
  const auto y = run(make({2}, {1}, {0}, {0}, {0}), {sequence({1, 2, 3}, 11, 5), sequence({2, 1, 3}, 5, 2)});
  expect_output(y, {1, 1, 7}, {-8, 7, 10, -14, 5, -2, 0}, 0);
}

TEST(ConvTranspose, AgreesWithScattering) {
  check(make({1, 1}, {1, 1}, {0, 0}, {0, 0}, {0, 0}), {2, 3, 4, 5}, {3, 2, 3, 3}, {2, 2, 6, 7});
  check(make({2, 2}, {1, 1}, {0, 0}, {1, 1}, {0, 0}), {1, 2, 4, 4}, {2, 3, 3, 3}, {1, 3, 8, 8});
  check(make({3, 1}, {2, 3}, {2, 1}, {1, 2}, {2, 0}, 2), {1, 4, 3, 6}, {4, 2, 2, 3}, {1, 4, 8, 9});
  check(make({2, 1, 3}, {1, 1, 1}, {0, 1, 0}, {0, 0, 1}, {0, 0, 0}), {1, 2, 2, 3, 2}, {2, 1, 2, 2, 3}, {1, 1, 4, 3, 5});
  check(make({2}, {1}, {1}, {1}, {1}), {1, 1, 300}, {1, 2, 3}, {1, 2, 600});
}

TEST(ConvTranspose, OtherTypes) {
  const auto check_type = [&]<class T>() {
    const auto y = run(make({2}, {1}, {0}, {0}, {0}), {array_of<T>({1, 1, 2}, {1, 2}), array_of<T>({1, 1, 3}, {1, -2, 4}), array_of<T>({1}, {0.5})});
    expect_output(y, {1, 1, 5}, {1.5, -1.5, 6.5, -3.5, 8.5}, 0);
  };
  check_type.operator()<double>();
  check_type.operator()<Half>();
  check_type.operator()<BFloat16>();
}

TEST(ConvTranspose, Refuses) {
  const Array x = counted<float>({1, 2, 3});
  EXPECT_FALSE(run(make({1}, {1}, {0}, {0}, {0}), {x, counted<float>({3, 1, 2})}).ok());
  EXPECT_FALSE(run(make({1}, {1}, {9}, {9}, {0}), {x, counted<float>({2, 1, 2})}).ok());
  EXPECT_FALSE(run(make({1}, {1}, {0}, {0}, {}), {x, counted<float>({2, 1, 2})}).ok());
  EXPECT_FALSE(run(make({1}, {1}, {0}, {0}, {0}, 3), {x, counted<float>({2, 1, 2})}).ok());
  EXPECT_FALSE(run(make({1}, {1}, {0}, {0}, {0}), {array<float>({1, 2, 0}, {}), counted<float>({2, 1, 2})}).ok());
}

TEST(ConvTranspose, BatchAxis) {
  const ConvTranspose op = make({2}, {1}, {1}, {0}, {0});
  EXPECT_EQ(count_batch_placements(op, {sequence({3, 3, 3}, 11, 5), sequence({3, 3, 3}, 5, 2)}), 1);
}

}  // namespace
}  // namespace mindird::ops
