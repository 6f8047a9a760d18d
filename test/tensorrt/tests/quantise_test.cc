// Explicit quantisation on the TensorRT engine (no GPU: the test libraries compute it): fake-quantised models, and a convolution with 8-bit weights.
#include <gtest/gtest.h>

#include <cstring>

#include "engines/registry.h"
#include "mindir/module.h"
#include "ops/linear/conv.h"
#include "ops/elementwise/quantize.h"
#include "support.h"

namespace mindird::test {
namespace {

ConstantPtr constant(const Shape& shape, const std::vector<float>& values) { return *make_constant({DType::kF32, shape}, std::as_bytes(std::span(values))); }

ir::ValueId through_eight_bits(ir::Graph& graph, ir::ValueId x, const ConstantPtr& scale, const char* name) {
  const ir::ValueId s = graph.add_constant(scale);
  const ir::ValueId q = *graph.add(std::make_shared<ops::Quantize>(), {x, s}, std::string(name) + "/quantise");
  return *graph.add(std::make_shared<ops::Dequantize>(), {q, s}, std::string(name) + "/dequantise");
}

/// A convolution whose input and weights pass through 8 bits, the weights with a scale per channel; with a constant bias, if any.
ir::Graph quantised_conv(const std::vector<float>& bias = {}) {
  ir::Graph graph;
  std::vector<float> weights(2 * 3 * 2 * 2);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(i % 7) * 0.3F - 0.8F;
  const ir::ValueId x = graph.add_input("x", {DType::kF32, Shape{1, 3, 4, 4}});
  const ir::ValueId w = graph.add_constant(constant({2, 3, 2, 2}, weights), "w");
  auto conv = std::make_shared<ops::Conv>();
  conv->stride = {1, 1};
  conv->dilation = {1, 1};
  conv->pad_begin = {0, 0};
  conv->pad_end = {0, 0};
  const ir::ValueId input = through_eight_bits(graph, x, constant({}, {0.05F}), "input");
  const ir::ValueId kernel = through_eight_bits(graph, w, constant({2}, {0.01F, 0.02F}), "kernel");
  std::vector<ir::ValueId> operands = {input, kernel};
  if (!bias.empty()) operands.push_back(graph.add_constant(constant({2}, bias), "bias"));
  graph.set_outputs({*graph.add(std::move(conv), std::move(operands), "conv")});
  return graph;
}

class TensorrtQuantisedConv : public testing::TestWithParam<std::vector<float>> {};

INSTANTIATE_TEST_SUITE_P(Biases, TensorrtQuantisedConv, testing::Values(std::vector<float>(), std::vector<float>{0.5F, -1.25F}));

TEST_P(TensorrtQuantisedConv, KeepsItsEightBits) {
  ir::Graph graph = quantised_conv(GetParam());
  std::vector<float> x(48);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) * 0.11F - 2.3F;
  const Tensor input{graph.type(graph.inputs()[0]), reinterpret_cast<std::byte*>(x.data())};
  const auto want = ir::evaluate(graph, std::span(&input, 1));
  ASSERT_TRUE(want.ok()) << want.status().message();
  const auto run = run_on_tensorrt(graph.clone(), std::span(&input, 1));
  ASSERT_TRUE(run.ok()) << run.status().message();
  size_t quantised = 0;
  for (const auto& node : run.value().report.at("nodes")) {
    EXPECT_EQ(node.at("engine"), "tensorrt") << node.dump();
    quantised += node.at("op") == "Quantize" ? 1U : 0U;
  }
  // The passes leave the weights' quantisation in place: it is what tells TensorRT to compute in 8 bits.
  EXPECT_EQ(quantised, 2U);
  const Tensor& y = want.value()[0].tensor;
  const Tensor& found = run.value().outputs[0].tensor;
  ASSERT_EQ(y.bytes(), found.bytes());
  for (int64_t i = 0; i < y.elements(); ++i) EXPECT_NEAR(found.as<const float>()[static_cast<size_t>(i)], y.as<const float>()[static_cast<size_t>(i)], 1e-5);
}

TEST_P(TensorrtQuantisedConv, DequantisesToTheHalvesThatAreConvolved) {
  const ir::Graph graph = quantised_conv(GetParam());
  std::vector<float> x(48);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) * 0.11F - 2.3F;
  const Tensor input{graph.type(graph.inputs()[0]), reinterpret_cast<std::byte*>(x.data())};
  const auto want = ir::evaluate(graph, std::span(&input, 1));
  plan::CompileOptions options;
  options.engines = {&tensorrt_engine(), engines::EngineRegistry::instance().find("reference")};
  options.build.precision = engines::Precision::kFp16;
  auto run = run_plan(graph.clone(), options, std::span(&input, 1));
  ASSERT_TRUE(run.ok()) << run.status().message();
  EXPECT_EQ(partitions_on(run->report, "tensorrt"), 1) << run->report.dump();
  const Tensor& found = run->outputs[0].tensor;
  for (size_t i = 0; i < 18; ++i) EXPECT_NEAR(found.as<const float>()[i], want.value()[0].tensor.as<const float>()[i], 0.01);
}

TEST(TensorrtQuantise, WeightsThatDependOnTheRequestAreRefused) {
  ir::Graph graph;
  const ir::ValueId x = graph.add_input("x", {DType::kF32, Shape{1, 3, 4, 4}});
  const ir::ValueId w = graph.add_input("w", {DType::kF32, Shape{2, 3, 2, 2}});
  auto conv = std::make_shared<ops::Conv>();
  conv->stride = {1, 1};
  conv->dilation = {1, 1};
  conv->pad_begin = {0, 0};
  conv->pad_end = {0, 0};
  graph.set_outputs({*graph.add(std::move(conv), {x, w}, "conv")});
  EXPECT_EQ(tensorrt_engine().supports(graph, 0).why, "weights that depend on the request's inputs");
}

TEST(TensorrtQuantise, FakeQuantisedModelsRunOnTensorrtAlone) {
  for (const char* name : {"layer_symmetric", "layer_narrow", "layer_asymmetric", "channel_symmetric", "channel_asymmetric"}) {
    const auto module = mindir::read(std::string(MINDIRD_SOURCE_DIR) + "/test/quantise/" + name + ".mindir");
    ASSERT_TRUE(module.ok()) << module.status().message();
    const Shape shape{2, 3, 4};
    auto graph = module.value()->lower(std::span(&shape, 1));
    ASSERT_TRUE(graph.ok()) << graph.status().message();
    std::vector<float> x(24);
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) * 0.37F - 4.1F;
    const Tensor input{graph->type(graph->inputs()[0]), reinterpret_cast<std::byte*>(x.data())};
    const auto want = ir::evaluate(*graph, std::span(&input, 1));
    const auto run = run_on_tensorrt(std::move(graph).value(), std::span(&input, 1));
    ASSERT_TRUE(run.ok()) << name << ": " << run.status().message();
    for (const auto& node : run.value().report.at("nodes")) EXPECT_EQ(node.at("engine"), "tensorrt") << node.dump();
    for (size_t i = 0; i < x.size(); ++i)
      EXPECT_NEAR(run.value().outputs[0].tensor.as<const float>()[i], want.value()[0].tensor.as<const float>()[i], 1e-5) << name;
  }
}

TEST(TensorrtQuantise, AScaleThatIsComputedIsRefused) {
  ir::Graph graph;
  const ir::ValueId x = graph.add_input("x", {DType::kF32, Shape{4}});
  const ir::ValueId s = graph.add_input("s", {DType::kF32, Shape{}});
  const ir::ValueId q = *graph.add(std::make_shared<ops::Quantize>(), {x, s}, "quantise");
  graph.set_outputs({*graph.add(std::make_shared<ops::Dequantize>(), {q, s}, "dequantise")});
  for (ir::NodeId n : graph.topological_order()) {
    EXPECT_EQ(tensorrt_engine().supports(graph, n).why, "the scale is computed, TensorRT wants a constant");
  }
}

}  // namespace
}  // namespace mindird::test
