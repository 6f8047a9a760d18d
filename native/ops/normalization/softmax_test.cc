// Expectations named "reference" were computed by ONNX Runtime.
#include "ops/normalization/softmax.h"

#include <map>

#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

Softmax make(int64_t axis, bool log = false) {
  Softmax op;
  op.axis = axis;
  op.log = log;
  return op;
}

TEST(Softmax, ReferenceMiddleAxis) {
  // The second block is the first one shifted, which softmax does not see.
  const std::vector<double> block{0.0391125716, 0.908759892, 0.175290391, 0.0166445188, 0.785597026, 0.0745955557};
  std::vector<double> want = block;
  want.insert(want.end(), block.begin(), block.end());
  expect_output(run(make(1), {sequence({2, 3, 2}, 11, 5, 0.5)}), {2, 3, 2}, want);
}

TEST(Softmax, ReferenceLogarithm) {
  expect_output(run(make(-1, true), {sequence({2, 3}, 13, 6, 0.5)}), {2, 3},
                {-3.57694674, -0.0769466236, -3.07694674, -0.992699146, -3.99269915, -0.492699146});
}

TEST(Softmax, LargeValuesDoNotOverflow) {
  expect_output(run(make(0), {array_of<float>({3}, {1e30, 1e30, -1e30})}), {3}, {0.5, 0.5, 0});
  expect_output(run(make(0, true), {array_of<float>({2}, {1000, 0})}), {2}, {0, -1000});
}

TEST(Softmax, MaskedEntriesVanish) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  expect_output(run(make(0), {array_of<float>({3}, {0, -inf, 0})}), {3}, {0.5, 0, 0.5});
  expect_output(run(make(0), {array_of<float>({2}, {0, nan})}), {2}, {nan, nan});
}

TEST(Softmax, EveryAxisSumsToOneInEveryType) {
  const auto check = [&]<class T>(double tolerance) {
    const Array x = sequence<T>({2, 3, 5}, 11, 5, 0.25);
    for (int64_t axis = -3; axis < 3; ++axis) {
      const auto y = run(make(axis), {x});
      ASSERT_TRUE(y.ok());
      const auto values = reals((*y)[0]);
      const auto at = static_cast<size_t>(axis < 0 ? axis + 3 : axis);
      std::map<Position, double> sums;
      for (int64_t i = 0; i < 30; ++i) {
        Position p = position_of(i, x.type.shape);
        p[at] = 0;
        sums[p] += values[static_cast<size_t>(i)];
      }
      EXPECT_EQ(sums.size(), static_cast<size_t>(30 / x.type.shape[at]));
      for (const auto& [p, sum] : sums) EXPECT_NEAR(sum, 1, tolerance);
    }
  };
  check.operator()<double>(1e-12);
  check.operator()<float>(1e-6);
  check.operator()<Half>(4e-3);
  check.operator()<BFloat16>(3e-2);
}

TEST(Softmax, EmptyAndRefused) {
  expect_output(run(make(0), {array<float>({2, 0}, {})}), {2, 0}, {});
  EXPECT_FALSE(run(make(2), {counted<float>({2, 3})}).ok());
  EXPECT_FALSE(run(make(0), {counted<float>({})}).ok());
  EXPECT_FALSE(run(make(0), {counted<int32_t>({2})}).ok());
}

TEST(Softmax, BatchAxis) {
  const Array x = sequence({3, 6, 3}, 11, 5, 0.25);
  for (int64_t axis = -3; axis < 3; ++axis) EXPECT_EQ(count_batch_placements(make(axis), {x}), 2);
}

}  // namespace
}  // namespace mindird::ops
