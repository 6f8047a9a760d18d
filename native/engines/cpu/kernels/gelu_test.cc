// GELU of numbers of all sizes, beside what <cmath> makes of them in double.
#include "engines/cpu/kernels/gelu.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace mindird::engines::cpu {
namespace {

double exact(double x) { return x * std::erfc(-x * std::numbers::sqrt2 / 2) / 2; }

TEST(Gelu, AgreesWithTheErrorFunction) {
  std::vector<float> values;
  for (double x = -9; x < 9; x += 1e-4) values.push_back(static_cast<float>(x));
  const std::vector<float> given = values;
  gelu(values.data(), static_cast<int64_t>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(values[i], exact(given[i]), 1.1e-6) << given[i];
}

TEST(Gelu, IsRelativelyExactNearZero) {
  for (float x = 1e-30F; x < 0.5F; x *= 1.07F) {
    for (const float signed_x : {x, -x}) {
      float y = signed_x;
      gelu(&y, 1);
      ASSERT_NEAR(y / exact(signed_x), 1, 3e-7) << signed_x;
    }
  }
}

TEST(Gelu, KeepsWhatIsBeyondAllBounds) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  // A whole vector and one that is cut.
  for (const size_t places : {1, 16, 19}) {
    const auto of = [&](float x) {
      std::vector<float> values(places, x);
      gelu(values.data(), static_cast<int64_t>(places));
      for (const float y : values) EXPECT_TRUE(y == values[0] || std::isnan(y));
      return values.back();
    };
    EXPECT_EQ(of(kLargest), kLargest);
    EXPECT_EQ(of(-kLargest), 0);
    EXPECT_EQ(of(-1e6F), 0);
    EXPECT_EQ(of(1e6F), 1e6F);
    EXPECT_EQ(of(kInfinite), kInfinite);
    EXPECT_TRUE(std::isnan(of(-kInfinite)));
    EXPECT_TRUE(std::isnan(of(std::numeric_limits<float>::quiet_NaN())));
  }
}

}  // namespace
}  // namespace mindird::engines::cpu
