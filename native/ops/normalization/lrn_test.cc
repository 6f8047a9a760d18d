#include "ops/normalization/lrn.h"

#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

Lrn make(int64_t radius) {
  Lrn op;
  op.depth_radius = radius;
  op.bias = 2;
  op.alpha = 0.3;
  op.beta = 0.75;
  return op;
}

TEST(Lrn, AgreesWithOnnxRuntime) {
  // ONNX divides its alpha by the window size, so the reference was computed with 0.3 * 3.
  const std::vector<double> want{-0.724146187, -0.0901911631, 0.526021004,  -0.853076696, -0.220590204,
                                 0.316117406,  0.888218462,   -0.419524133, 0.166177183,  0.797364771};
  expect_output(run(make(1), {sequence({1, 5, 1, 2}, 23, 11, 0.25)}), {1, 5, 1, 2}, want);
}

TEST(Lrn, WindowWiderThanTheChannels) {
  const Array x = array_of<double>({1, 2, 1, 1}, {1, 2});
  const double scale = std::pow(2 + 0.3 * 5, -0.75);
  expect_output(run(make(int64_t{1} << 31), {x}), {1, 2, 1, 1}, {scale, 2 * scale}, 1e-12);
  const auto alone = [](double v) { return v * std::pow(2 + 0.3 * v * v, -0.75); };
  expect_output(run(make(0), {x}), {1, 2, 1, 1}, {alone(1), alone(2)}, 1e-12);
}

TEST(Lrn, Refuses) {
  EXPECT_FALSE(run(make(-1), {counted<float>({1, 2, 1, 1})}).ok());
  EXPECT_FALSE(run(make(1), {counted<float>({1, 2, 1})}).ok());
  expect_output(run(make(1), {array<float>({0, 2, 1, 1}, {})}), {0, 2, 1, 1}, {});
}

TEST(Lrn, BatchAxis) { EXPECT_EQ(count_batch_placements(make(1), {sequence({3, 3, 3, 6}, 23, 11)}), 3); }

}  // namespace
}  // namespace mindird::ops
