// FakeQuant primitives against the formula of MindSpore's kernel, written down here once more; models of test/quantise (see make.mjs there).
#include <gtest/gtest.h>

#include <cmath>

#include "mindir/module.h"

namespace mindird::mindir {
namespace {

constexpr size_t kCount = 24;
constexpr size_t kChannels = 3;
constexpr size_t kInner = 4;

struct Given {
  std::string name;
  std::vector<double> minima;
  std::vector<double> maxima;
  bool symmetric;
  bool narrow;
  bool eight_bits;  // expressed by Quantize and Dequantize
};

Result<ir::Graph> lower(const std::string& name) {
  TRY_ASSIGN(const auto module, read(std::string(MINDIRD_SOURCE_DIR) + "/test/quantise/" + name + ".mindir"));
  const Shape shape{2, 3, 4};
  return module->lower(std::span(&shape, 1));
}

double expected(const Given& given, size_t channel, double x) {
  double low = given.minima[channel];
  double high = given.maxima[channel];
  if (given.symmetric) {
    high = std::max(std::fabs(low), high);
    low = -high;
  }
  const double first = given.narrow ? 1 : 0;
  const double scale = (high - low) / (255 - first);
  const double zero = std::round(std::clamp(first - low / scale, first, 255.0));
  const double bottom = (first - zero) * scale;
  const double top = (255 - zero) * scale;
  return std::floor((std::clamp(x, bottom, top) - bottom) / scale + 0.5) * scale + bottom;
}

class FakeQuant : public testing::TestWithParam<Given> {};

TEST_P(FakeQuant, ComputesTheFormula) {
  const Given& given = GetParam();
  auto graph = lower(given.name);
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(ir::print(*graph).find("Dequantize") != std::string::npos, given.eight_bits) << ir::print(*graph);
  std::vector<float> x(kCount);
  for (size_t i = 0; i < kCount; ++i) x[i] = static_cast<float>(i) * 0.37F - 4.1F;
  const Tensor input{graph->type(graph->inputs()[0]), reinterpret_cast<std::byte*>(x.data())};
  const auto out = ir::evaluate(*graph, std::span(&input, 1));
  ASSERT_TRUE(out.ok()) << out.status().message();
  const auto y = out.value()[0].tensor.as<const float>();
  for (size_t i = 0; i < kCount; ++i) {
    const size_t channel = given.minima.size() == 1 ? 0 : i / kInner % kChannels;
    EXPECT_NEAR(y[i], expected(given, channel, x[i]), 1e-5) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, FakeQuant,
                         testing::Values(Given{"layer_symmetric", {-1.5}, {2}, true, false, true}, Given{"layer_narrow", {-2}, {1}, true, true, true},
                                         Given{"layer_asymmetric", {-0.5}, {3}, false, false, false},
                                         Given{"channel_symmetric", {-1, -2, -3}, {0.5, 2.5, 1}, true, false, true},
                                         Given{"channel_asymmetric", {-1, 0, -3}, {0.5, 2.5, 1}, false, false, false}),
                         [](const auto& instance) { return instance.param.name; });

TEST(FakeQuantRefuses, OtherWidthsAndEmptyRanges) {
  EXPECT_NE(lower("four_bits").status().message().find("num_bits is 4, want 8"), std::string::npos) << lower("four_bits").status().message();
  EXPECT_NE(lower("empty_range").status().message().find("the range to quantise is 1.000000 to 1.000000"), std::string::npos)
      << lower("empty_range").status().message();
}

}  // namespace
}  // namespace mindird::mindir
