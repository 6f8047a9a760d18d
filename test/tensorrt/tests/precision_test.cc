// The networks in lower precisions on TensorRT (no GPU: the test libraries evaluate the networks): one subgraph, alike to f32.
#include <gtest/gtest.h>

#include <cstdio>

#include "engines/registry.h"
#include "ops/linear/conv.h"
#include "support.h"
#include "test/precision_cases.h"

namespace mindird::test {
namespace {

using engines::Precision;

const std::string kNetworks = MINDIRD_SOURCE_DIR "/test/networks";
const std::string kOperators = MINDIRD_SOURCE_DIR "/test/ops";

std::vector<Case> cases_of(const std::string& folder) {
  auto cases = read_index(folder);
  return cases.ok() ? *cases : std::vector<Case>();
}

Result<Lowered> lowered_on_tensorrt(const std::string& folder, const Case& test, Precision precision) {
  engines::BuildOptions build;
  build.precision = precision;
  return run_lowered(folder, test, {&tensorrt_engine(), engines::EngineRegistry::instance().find("reference")}, build);
}

class LowTensorrtNetwork : public testing::TestWithParam<Case> {
 protected:
  void check(Precision precision) {
    auto lowered = lowered_on_tensorrt(kNetworks, GetParam(), precision);
    ASSERT_TRUE(lowered.ok()) << lowered.status().message();
    const nlohmann::json& report = (*lowered).report;
    EXPECT_GE((*lowered).cosine, 0.999);
    EXPECT_EQ(partitions_on(report, "tensorrt"), 1) << report.at("partitions").dump();
    EXPECT_EQ(report.at("partitions").size(), 1U);
    EXPECT_EQ(report.at("precision").at("used").at("tensorrt"), engines::precision_name(precision));
    std::printf("%s %s: cosine %.6f; %s\n", GetParam().name.c_str(), std::string(engines::precision_name(precision)).c_str(), (*lowered).cosine,
                precision_line(report).c_str());
  }
};

TEST_P(LowTensorrtNetwork, IsOneSubgraphInFp16AndLikeFp32) { check(Precision::kFp16); }
TEST_P(LowTensorrtNetwork, IsOneSubgraphInBf16AndLikeFp32) { check(Precision::kBf16); }

INSTANTIATE_TEST_SUITE_P(Networks, LowTensorrtNetwork, testing::ValuesIn(cases_of(kNetworks)), [](const auto& instance) { return instance.param.name; });

TEST(LowTensorrtNetworks, ConvolveAnImageInFp16FromTheFirstConvolutionOn) {
  ir::Graph graph;
  const ir::ValueId x = graph.add_input("x", {DType::kF32, Shape{1, 3, 4, 4}});
  const std::vector<float> ones(size_t{8 * 3 * 4}, 0.25F);
  const ir::ValueId w = graph.add_constant(*make_constant({DType::kF32, Shape{8, 3, 2, 2}}, std::as_bytes(std::span(ones))), "w");
  auto conv = std::make_shared<ops::Conv>();
  conv->stride = conv->dilation = {1, 1};
  conv->pad_begin = conv->pad_end = {0, 0};
  graph.set_outputs({*graph.add(std::move(conv), {x, w}, "conv")});
  const std::vector<float> image(48, 0.5F);
  const Tensor input{graph.type(x), reinterpret_cast<std::byte*>(const_cast<float*>(image.data()))};
  plan::CompileOptions options;
  options.engines = {&tensorrt_engine(), engines::EngineRegistry::instance().find("reference")};
  options.build.precision = Precision::kFp16;
  auto run = run_plan(std::move(graph), options, std::span(&input, 1));
  ASSERT_TRUE(run.ok()) << run.status().message();
  EXPECT_EQ(run->report.at("precision").at("kept"), nlohmann::json::array()) << run->report.at("precision").dump();
  EXPECT_EQ(run->report.at("precision").at("used").at("tensorrt"), "fp16");
}

TEST(LowTensorrtOperators, EveryCaseCompilesAndRunsInFp16) {
  size_t run = 0;
  size_t fallbacks = 0;
  for (const Case& test : cases_of(kOperators)) {
    if (!run_case(kOperators, test).ok()) continue;  // told by the importer's tests
    auto lowered = lowered_on_tensorrt(kOperators, test, Precision::kFp16);
    EXPECT_TRUE(lowered.ok()) << test.name << ": " << lowered.status().message();
    if (!lowered.ok()) continue;
    ++run;
    for (const auto& partition : (*lowered).report.at("partitions")) {
      if (!partition.contains("fallback")) continue;
      ++fallbacks;
      std::printf("%s: %s\n", test.name.c_str(), partition.at("fallback").dump().c_str());
    }
    if ((*lowered).cosine < 0.999) std::printf("%s: cosine %.6f; %s\n", test.name.c_str(), (*lowered).cosine, precision_line((*lowered).report).c_str());
  }
  EXPECT_GE(run, 361U);
  EXPECT_EQ(fallbacks, 0U) << "the networks of lower precision are refused where those of the model's are not";
}

}  // namespace
}  // namespace mindird::test
