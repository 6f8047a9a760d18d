// Which nodes share a step: golden lists of steps.
#include "engines/cpu/testing_graphs.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/quantize.h"
#include "ops/elementwise/unary.h"
#include "ops/linear/conv.h"
#include "ops/linear/matmul.h"
#include "ops/movement/reshape.h"
#include "ops/movement/transpose.h"
#include "ops/normalization/layer_norm.h"
#include "ops/reduction/reduce.h"
#include "ops/sequence/attention.h"

namespace mindird::engines::cpu::testing {
namespace {

using Names = std::vector<std::string>;

ops::Conv conv3x3(int64_t groups = 1) {
  ops::Conv op;
  op.stride = {1, 1};
  op.dilation = {1, 1};
  op.pad_begin = {1, 1};
  op.pad_end = {1, 1};
  op.groups = groups;
  return op;
}

ops::Unary unary(ops::UnaryKind kind) {
  ops::Unary op;
  op.kind = kind;
  return op;
}

ops::Binary binary(ops::BinaryKind kind) {
  ops::Binary op;
  op.kind = kind;
  return op;
}

ops::Reshape reshape(std::vector<int64_t> shape) {
  ops::Reshape op;
  op.shape = std::move(shape);
  return op;
}

/// Optimized steps; the graph must also compute what the oracle does.
Names steps(const ir::Graph& graph, bool optimize = true) {
  expect_equal_to_oracle(graph, 1e-4);
  return step_names(*must(cpu().build(graph.clone(), {1, optimize, make_packed_store(), {}})));
}

// Convolutions of 17 channels, for which there is one kernel alone: nothing is measured.

TEST(CpuFusion, ConvBiasActivationAndResidual) {
  Net net;
  const auto x = net.input({1, 17, 8, 8});
  const auto a = net.node(unary(ops::UnaryKind::kRelu6), {net.node(conv3x3(), {x, net.weights({16, 17, 3, 3})})});
  const auto b = net.node(conv3x3(), {a, net.weights({16, 16, 3, 3})});
  const auto biased = net.node(ops::Binary{}, {b, net.weights({1, 16, 1, 1})});
  const auto sum = net.node(ops::Binary{}, {a, biased});
  const ir::Graph graph = net.done({net.node(unary(ops::UnaryKind::kHardSwish), {sum})});
  EXPECT_EQ(steps(graph), (Names{"copy", "Conv+relu6", "Conv+add+hard_swish", "copy"}));
}

TEST(CpuFusion, OnlyOneOfTwoConvolutionsTakesTheirSum) {
  Net net;
  const auto x = net.input({1, 17, 8, 8});
  const auto a = net.node(conv3x3(), {x, net.weights({16, 17, 3, 3})});
  const auto b = net.node(conv3x3(), {x, net.weights({16, 17, 3, 3})});
  const auto sum = net.node(ops::Binary{}, {a, b});
  EXPECT_EQ(steps(net.done({net.node(unary(ops::UnaryKind::kRelu), {sum})})), (Names{"copy", "Conv", "Conv+add+relu", "copy"}));
}

TEST(CpuFusion, AValueUsedTwiceIsNotAbsorbed) {
  Net net;
  const auto c = net.node(conv3x3(), {net.input({1, 17, 8, 8}), net.weights({16, 17, 3, 3})});
  const auto r = net.node(unary(ops::UnaryKind::kRelu), {c});
  EXPECT_EQ(steps(net.done({net.node(binary(ops::BinaryKind::kSub), {r, c})})), (Names{"copy", "Conv", "Unary", "Binary", "copy"}));
}

TEST(CpuFusion, ASumWithItselfIsNotAbsorbed) {
  Net net;
  const auto c = net.node(conv3x3(), {net.input({1, 17, 8, 8}), net.weights({16, 17, 3, 3})});
  EXPECT_EQ(steps(net.done({net.node(ops::Binary{}, {c, c})})), (Names{"copy", "Conv", "Binary", "copy"}));
}

TEST(CpuFusion, NothingWithoutOptimization) {
  Net net;
  const auto c = net.node(conv3x3(), {net.input({1, 16, 8, 8}), net.weights({16, 16, 3, 3})});
  const ir::Graph graph = net.done({net.node(unary(ops::UnaryKind::kRelu), {c})});
  EXPECT_EQ(steps(graph, false), (Names{"Conv", "Unary"}));
}

TEST(CpuFusion, SqueezeAndExcite) {
  Net net;
  const auto x = net.node(conv3x3(16), {net.input({1, 16, 8, 8}), net.weights({16, 1, 3, 3})});
  ops::Reduce mean;
  mean.kind = ops::ReduceKind::kMean;
  mean.axes = {2, 3};
  ops::MatMul dense;
  dense.transpose_b = true;
  const auto s = net.node(unary(ops::UnaryKind::kRelu), {net.node(dense, {net.node(mean, {x}), net.weights({8, 16}), net.weights({8})})});
  const auto g = net.node(unary(ops::UnaryKind::kHardSigmoid), {net.node(dense, {s, net.weights({16, 8}), net.weights({16})})});
  const ir::Graph graph = net.done({net.node(binary(ops::BinaryKind::kMul), {x, net.node(reshape({1, 16, 1, 1}), {g})})});
  Names names = steps(graph);
  // Behind oneDNN's product the gate is a step of its own.
  const auto gate = std::ranges::find(names, "MatMul+hard_sigmoid");
  if (gate + 1 < names.end() && gate[1] == *gate) names.erase(gate);
  EXPECT_EQ(names, (Names{"copy", "Conv", "Reduce", "MatMul+relu", "MatMul+hard_sigmoid", "Binary", "copy"}));
}

TEST(CpuFusion, TransformerBlockHasNoCopies) {
  constexpr int64_t kRows = 8;
  constexpr int64_t kWidth = 32;
  Net net;
  ops::MatMul dense;
  dense.transpose_b = true;
  const auto x = net.input({1, kRows, kWidth});
  const auto flat = net.node(reshape({kRows, kWidth}), {x});
  ops::Transpose swap;
  swap.perm = {0, 2, 1, 3};
  std::vector<ir::ValueId> heads;
  for (int i = 0; i < 3; ++i) {
    const auto projected = net.node(dense, {flat, net.weights({kWidth, kWidth}), net.weights({kWidth})});
    heads.push_back(net.node(swap, {net.node(reshape({1, kRows, 4, 8}), {projected})}));
  }
  const auto mixed = net.node(swap, {net.node(ops::Attention{}, heads)});
  const auto out = net.node(dense, {net.node(reshape({kRows, kWidth}), {mixed}), net.weights({kWidth, kWidth}), net.weights({kWidth})});
  const auto sum = net.node(ops::Binary{}, {x, net.node(reshape({1, kRows, kWidth}), {out})});
  const auto norm = net.node(ops::LayerNorm{}, {sum, net.weights({kWidth}), net.weights({kWidth})});
  const auto inner = net.node(dense, {net.node(reshape({kRows, kWidth}), {norm}), net.weights({64, kWidth}), net.weights({64})});
  const auto gelu = net.node(unary(ops::UnaryKind::kGeluErf), {net.node(reshape({1, kRows, 64}), {inner})});
  EXPECT_EQ(steps(net.done({gelu})),
            (Names{"MatMul", "MatMul", "MatMul", "Attention", "Attention", "Attention", "MatMul+add", "LayerNorm", "MatMul+gelu_erf", "copy"}));
}

TEST(CpuFusion, ActivationsTheDenseKernelLacksFollowIt) {
  Net net;
  ops::MatMul dense;
  const auto y = net.node(dense, {net.input({1, 40}), net.weights({40, 24})});
  const auto scaled = net.node(binary(ops::BinaryKind::kMul), {net.node(unary(ops::UnaryKind::kElu), {y}), net.weights({24})});
  const ir::Graph graph = net.done({scaled});
  const Names names = steps(graph);
  // Where oneDNN has no packed weights the product is its own, and takes everything.
  const bool panels = must(cpu().build(graph.clone(), {}))->steps()[0].find("panels") != std::string::npos;
  EXPECT_EQ(names, Names(panels ? 3 : 1, "MatMul+elu+mul"));
}

TEST(CpuFusion, QuantisedWeightsAreFolded) {
  Net net;
  const auto scale = net.weights({});
  const auto weights = net.node(ops::Dequantize{}, {net.node(ops::Quantize{}, {net.weights({16, 16, 3, 3}), scale}), scale});
  const ir::Graph graph = net.done({net.node(conv3x3(), {net.input({1, 16, 8, 8}), weights})});
  const Names found = steps(graph);
  EXPECT_EQ(std::count_if(found.begin(), found.end(), [](const std::string& s) { return s.find("uantize") != std::string::npos; }), 0);
}

}  // namespace
}  // namespace mindird::engines::cpu::testing
