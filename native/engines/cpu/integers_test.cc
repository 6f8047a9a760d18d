// Products of 8-bit integers against the operators' own words, and what is left of a quantised network: integers from its first product to its last.
#include "engines/cpu/passes/eight_bits.h"
#include "engines/cpu/testing_graphs.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/quantize.h"
#include "ops/elementwise/unary.h"
#include "ops/linear/conv.h"
#include "ops/linear/matmul.h"
#include "ops/movement/concat.h"
#include "ops/movement/reshape.h"
#include "ops/pooling/pool.h"

namespace mindird::engines::cpu {
namespace {

using testing::cpu;
using testing::must;
using testing::Net;

/// Graphs in which values pass through 8 bits.
struct Quantised : Net {
  ir::ValueId number(float value) { return graph.add_constant(must(make_constant({DType::kF32, {}}, std::as_bytes(std::span(&value, 1))))); }
  ir::ValueId through(ir::ValueId x, float scale) {
    const ir::ValueId s = number(scale);
    return node(ops::Dequantize{}, {node(ops::Quantize{}, {x, s}, "quantise"), s}, "dequantise");
  }
  /// Constant integers with a scale per position of dim `axis`.
  ir::ValueId integers(const Shape& shape, int64_t axis) {
    std::vector<int8_t> q(static_cast<size_t>(shape.elements()));
    for (size_t i = 0; i < q.size(); ++i) q[i] = static_cast<int8_t>(static_cast<int64_t>(i * 37 % 255) - 127);
    ops::Dequantize op;
    op.axis = axis;
    const auto channels = shape[static_cast<size_t>(axis)];
    return node(op, {graph.add_constant(must(make_constant({DType::kI8, shape}, std::as_bytes(std::span(q))))), weights({channels}, 0.001F, 0.003F)});
  }
  ir::ValueId conv(ir::ValueId x, int64_t out, int64_t kernel, bool bias = true, int64_t groups = 1) {
    const int64_t in = graph.type(x).shape[1];
    ops::Conv op;
    op.stride = {1, 1};
    op.dilation = {1, 1};
    op.pad_begin = op.pad_end = {kernel / 2, kernel / 2};
    op.groups = groups;
    std::vector<ir::ValueId> inputs = {x, integers({out, in / groups, kernel, kernel}, 0)};
    if (bias) inputs.push_back(weights({out}));
    return node(op, inputs, "conv");
  }
  ir::ValueId relu(ir::ValueId x) { return unary(x, ops::UnaryKind::kRelu); }
  ir::ValueId unary(ir::ValueId x, ops::UnaryKind kind) {
    ops::Unary op;
    op.kind = kind;
    if (kind == ops::UnaryKind::kLeakyRelu) op.alpha = 0.1;
    return node(op, {x});
  }
};

struct Ran {
  std::vector<std::string> steps;
  std::vector<std::string> evaluated;
  std::string precision;
  double apart = 0;  // largest difference as a share of the largest value
};

struct Values {
  std::vector<float> got;
  std::vector<float> want;  // by the operators' own words
};

Values values_of(const ir::Graph& graph, const Executable& executable, std::vector<float> x) {
  const Tensor input{graph.type(graph.inputs()[0]), reinterpret_cast<std::byte*>(x.data())};
  Values out;
  out.got.resize(static_cast<size_t>(graph.type(graph.outputs()[0]).shape.elements()));
  Tensor output{graph.type(graph.outputs()[0]), reinterpret_cast<std::byte*>(out.got.data())};
  Buffer workspace = must(Buffer::allocate(executable.workspace_bytes()));
  const auto context = must(executable.context(workspace.span()));
  must(context->run({.inputs = std::span(&input, 1), .outputs = std::span(&output, 1), .allocate = {}}));
  const auto want = must(ir::evaluate(graph, std::span(&input, 1)));
  const auto numbers = want[0].tensor.as<float>();
  out.want.assign(numbers.begin(), numbers.end());
  return out;
}

Ran run(const ir::Graph& graph, BuildOptions options = {}) {
  Ran out;
  const auto executable = must(cpu().build(graph.clone(), options));
  out.steps = executable->steps();
  out.evaluated = executable->evaluated_nodes();
  out.precision = executable->details()[0].second;
  std::vector<float> x(static_cast<size_t>(graph.type(graph.inputs()[0]).shape.elements()));
  std::mt19937 random(3);
  for (float& f : x) f = std::uniform_real_distribution<float>(-1, 1)(random);
  const Values values = values_of(graph, *executable, std::move(x));
  double most = 0;
  for (size_t i = 0; i < values.got.size(); ++i) {
    const double exact = values.want[i];
    most = std::max(most, std::abs(exact));
    out.apart = std::max(out.apart, std::abs(exact - values.got[i]));
  }
  out.apart /= most;
  return out;
}

/// The first words of the steps.
std::string words(const Ran& ran) {
  std::string all;
  for (const std::string& step : ran.steps) all += step.substr(0, step.find(' ')) + " ";
  return all;
}

/// Where the results are numbers, sums of integers differ by rounding alone; where integers, by one step where a sum lies half-way.
constexpr double kRounding = 1e-5;
constexpr double kStep = 1.01 / 127;

void expect_integers(const Ran& ran, const char* precision, double apart) {
  if (!has_int8_products()) {
    EXPECT_TRUE(ran.precision.starts_with("fp32, ")) << ran.precision;
  } else {
    EXPECT_EQ(ran.precision, precision);
    for (const std::string& step : ran.steps) EXPECT_EQ(step.find(" ref"), std::string::npos) << step;
  }
  EXPECT_EQ(ran.evaluated, std::vector<std::string>());
  EXPECT_LE(ran.apart, apart);
}

TEST(CpuIntegers, AConvolutionGivesNumbers) {
  for (const int64_t groups : {1, 16}) {
    Quantised net;
    const auto y = net.conv(net.through(net.input({2, 16, 9, 9}), 0.01F), 32, 3, true, groups);
    expect_integers(run(net.done({y})), "int8 in 1 of 1 products", kRounding);
  }
}

TEST(CpuIntegers, ActivationsFollowInNumbersAndInIntegers) {
  using enum ops::UnaryKind;
  for (const auto kind : {kRelu, kRelu6, kLeakyRelu, kHardSwish, kHardSigmoid, kTanh, kGeluErf}) {
    for (const bool integers : {false, true}) {
      Quantised net;
      const auto y = net.unary(net.conv(net.through(net.input({1, 16, 8, 8}), 0.01F), 16, 1), kind);
      const float scale = kind == kTanh || kind == kHardSigmoid ? 1.0F / 127 : 0.05F;
      expect_integers(run(net.done({integers ? net.through(y, scale) : y})), "int8 in 1 of 1 products", integers ? 0.06 : 1e-4);
    }
  }
}

TEST(CpuIntegers, ABlockKeepsItsIntegersToTheEnd) {
  Quantised net;
  const auto x = net.through(net.relu(net.input({1, 32, 10, 10})), 0.008F);
  const auto a = net.through(net.relu(net.conv(x, 16, 1)), 0.05F);
  const auto b = net.conv(a, 32, 3);
  const auto sum = net.relu(net.node(ops::Binary{}, {b, x}));
  const auto out = net.conv(net.through(sum, 0.2F), 8, 1);
  const Ran ran = run(net.done({out}));
  expect_integers(ran, "int8 in 3 of 3 products", 3 * kStep);
  if (has_int8_products()) {
    EXPECT_EQ(words(ran), "Unary Quantize copy Conv+relu+quantize Conv+add+relu+quantize Conv copy ") << words(ran);
  }
}

TEST(CpuIntegers, PoolsConcatsAndReshapesMoveIntegers) {
  Quantised net;
  const auto x = net.through(net.input({2, 16, 8, 8}), 0.01F);
  ops::Pool pool;
  pool.kernel = {3, 3};
  pool.stride = {2, 2};
  pool.dilation = {1, 1};
  pool.pad_begin = pool.pad_end = {1, 1};
  ops::Concat concat;
  concat.axis = 1;
  const auto joined = net.node(concat, {net.relu(net.conv(x, 16, 1)), net.relu(net.conv(x, 8, 3))});
  const auto pooled = net.node(pool, {joined});
  ops::Reshape flat;
  flat.shape = {2, 24 * 16};
  const auto y = net.node(ops::MatMul{}, {net.through(net.node(flat, {pooled}), 0.05F), net.integers({24 * 16, 40}, 1), net.weights({40})});
  const Ran ran = run(net.done({y}));
  expect_integers(ran, "int8 in 3 of 3 products", 2 * kStep);
  if (!has_int8_products()) return;
  for (const std::string& step : ran.steps) EXPECT_EQ(step.find("Dequantize"), std::string::npos) << step;
}

/// Windows of 3x3 with one position of padding.
ops::Pool window(ops::PoolKind kind, int64_t stride, bool counts_padding = false) {
  ops::Pool pool;
  pool.kind = kind;
  pool.kernel = {3, 3};
  pool.stride = {stride, stride};
  pool.dilation = {1, 1};
  pool.pad_begin = pool.pad_end = {1, 1};
  pool.count_include_pad = counts_padding;
  return pool;
}

TEST(CpuIntegers, AveragesOfIntegersAreMadeOfIntegers) {
  for (const bool counts_padding : {false, true}) {
    for (const float scale : {0.004F, 0.01F}) {
      Quantised net;
      const auto x = net.through(net.input({1, 20, 9, 9}), 0.01F);
      const auto averages = net.through(net.node(window(ops::PoolKind::kAverage, 1, counts_padding), {x}), scale);
      const auto y = net.node(ops::Binary{}, {net.conv(averages, 24, 1), net.conv(x, 24, 1)});
      const Ran ran = run(net.done({y}));
      expect_integers(ran, "int8 in 2 of 2 products", kStep);
      if (has_int8_products()) {
        EXPECT_EQ(words(ran), "Quantize copy Pool+quantize Conv Conv+add copy ") << words(ran);
      }
    }
  }
}

TEST(CpuIntegers, AveragesThatStayNumbersAreNumbers) {
  Quantised net;
  const auto x = net.through(net.input({1, 20, 9, 9}), 0.01F);
  const auto averages = net.node(window(ops::PoolKind::kAverage, 1), {x});
  const auto y = net.node(ops::Binary{}, {net.conv(net.through(averages, 0.01F), 20, 1), averages});
  expect_integers(run(net.done({y})), "int8 in 1 of 1 products", kStep);
}

TEST(CpuIntegers, MaximaArePickedFromTheIntegersThatThereAre) {
  Quantised net;
  const auto x = net.through(net.input({1, 16, 9, 9}), 0.01F);
  ops::Concat concat;
  concat.axis = 1;
  const auto joined = net.node(concat, {net.node(window(ops::PoolKind::kMax, 1), {x}), net.conv(x, 16, 1)});
  const Ran ran = run(net.done({net.conv(net.through(joined, 0.02F), 8, 1)}));
  expect_integers(ran, "int8 in 2 of 2 products", kStep);
  // The one Quantize is of the input, the other gives the maxima the scale of what they are joined with.
  if (has_int8_products()) {
    EXPECT_EQ(words(ran), "Quantize copy Pool Quantize Conv+quantize Concat Conv copy ") << words(ran);
  }
}

TEST(CpuIntegers, EveryNumberBecomesTheIntegerItsOperatorSays) {
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  for (const int64_t count : {5, 16, 43}) {
    Quantised net;
    std::vector<float> x = {0, 0.5F, -0.5F, 1.5F, 2.5F, -2.5F, 126.5F, 127.5F, 1e30F, -128.5F, -1e30F, NAN, kInfinite, -kInfinite, 3.49F};
    while (x.size() < static_cast<size_t>(count)) x.push_back(static_cast<float>(x.size()) * 7.3F - 140);
    x.resize(static_cast<size_t>(count));
    // Once more with another scale, from integers to integers.
    const auto y = net.through(net.through(net.input({count}), 1), 0.7F);
    const ir::Graph graph = net.done({y});
    const Values values = values_of(graph, *must(cpu().build(graph.clone(), {})), x);
    EXPECT_EQ(values.got, values.want);
  }
}

TEST(CpuIntegers, DenseLayersOfAnyNumberOfRows) {
  for (const int64_t rows : {1, 3, 70}) {
    for (const bool transposed : {false, true}) {
      Quantised net;
      ops::MatMul op;
      op.transpose_b = transposed;
      const auto w = transposed ? net.integers({24, 40}, 0) : net.integers({40, 24}, 1);
      const auto y = net.node(op, {net.through(net.input({rows, 40}), 0.01F), w, net.weights({24})});
      expect_integers(run(net.done({y})), "int8 in 1 of 1 products", kRounding);
    }
  }
}

TEST(CpuIntegers, WhatReadsNumbersGetsThem) {
  Quantised net;
  const auto x = net.through(net.input({1, 16, 8, 8}), 0.01F);
  const auto y = net.node(ops::Binary{}, {net.unary(x, ops::UnaryKind::kTanh), net.conv(x, 16, 1)});
  expect_integers(run(net.done({y})), "int8 in 1 of 1 products", 1e-4);
}

TEST(CpuIntegers, NothingIsMultipliedInIntegersWithoutOptimisation) {
  Quantised net;
  const auto y = net.conv(net.through(net.input({1, 16, 8, 8}), 0.01F), 16, 3);
  BuildOptions options;
  options.optimize = false;
  const Ran ran = run(net.done({y}), options);
  EXPECT_TRUE(ran.precision.starts_with("fp32")) << ran.precision;
  EXPECT_LE(ran.apart, kRounding);
}

}  // namespace
}  // namespace mindird::engines::cpu
