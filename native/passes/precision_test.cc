// Golden files (test/precision/<precision>/<case>.ir, as test/ir) and properties over random graphs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "base/pattern.h"
#include "ops/elementwise/cast.h"
#include "passes/precision.h"
#include "test/passes_golden.h"
#include "test/passes_random_graph.h"
#include "test/passes_support.h"

namespace mindird::passes {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(MINDIRD_SOURCE_DIR) / "test" / "precision";

DType type_of(const std::string& precision) {
  if (precision == "fp16") return DType::kF16;
  return precision == "bf16" ? DType::kBF16 : DType::kF32;
}

Result<ir::Graph> lowered(const ir::Graph& graph, const PrecisionOptions& options) {
  TRY_ASSIGN(Retyped out, with_precision(graph, choose_precision(graph, options)));
  return std::move(out.graph);
}

class PrecisionGolden : public testing::TestWithParam<fs::path> {};

TEST_P(PrecisionGolden, GivesTheExpectedGraph) {
  const DType low = type_of(GetParam().parent_path().filename().string());
  check_golden(GetParam(), [&](ir::Graph& graph) -> Status {
    TRY_ASSIGN(graph, lowered(graph, {.low = low, .keep_fp32 = {}, .fewest = {}, .keep_nodes = {}}));
    return {};
  });
}

INSTANTIATE_TEST_SUITE_P(Precision, PrecisionGolden, testing::ValuesIn(golden_files(kFolder)), golden_name);

/// 1 for the same direction; of all elements, as doubles.
double cosine(const Tensor& got, const Tensor& want) {
  double dot = 0;
  double a = 0;
  double b = 0;
  const auto add = [&]<class T>(std::span<const T> x, std::span<const T> y) {
    for (size_t i = 0; i < x.size(); ++i) {
      dot += static_cast<double>(x[i]) * static_cast<double>(y[i]);
      a += static_cast<double>(x[i]) * static_cast<double>(x[i]);
      b += static_cast<double>(y[i]) * static_cast<double>(y[i]);
    }
  };
  if (want.dtype() == DType::kF32) add(got.as<const float>(), want.as<const float>());
  if (want.dtype() == DType::kF64) add(got.as<const double>(), want.as<const double>());
  return a == b && dot == a ? 1 : dot / std::sqrt(a * b);
}

/// No value is cast twice to one type, and no cast reads a cast between short floats.
void expect_no_idle_casts(const ir::Graph& graph) {
  std::set<std::pair<ir::ValueId, DType>> seen;
  for (ir::NodeId n = 0; n < graph.node_count(); ++n) {
    const ir::Node& node = graph.node(n);
    const auto* cast = ir::op_cast<ops::Cast>(*node.op);
    if (!node.alive || !cast || !is_short_float(cast->to) || !is_short_float(graph.type(node.inputs[0]).dtype)) continue;
    EXPECT_TRUE(seen.emplace(node.inputs[0], cast->to).second) << "cast twice: " << graph.value(node.inputs[0]).name;
    EXPECT_NE(graph.type(node.inputs[0]).dtype, cast->to);
    const ir::NodeId before = graph.value(node.inputs[0]).producer;
    if (before == ir::kNone || graph.node(before).op->id() != ops::Cast::kId) continue;
    EXPECT_FALSE(is_short_float(graph.type(graph.node(before).inputs[0]).dtype)) << "cast of a cast: " << node.origin;
  }
}

TEST(PrecisionProperties, RandomGraphsComputeNearlyTheSame) {
  size_t changed = 0;
  for (const DType low : {DType::kF16, DType::kBF16, DType::kF32}) {
    for (uint32_t seed = 0; seed < 300 && !HasFailure(); ++seed) {
      const ir::Graph graph = random_graph(7000 + seed, 25);
      SCOPED_TRACE("seed " + std::to_string(7000 + seed) + " " + std::string(dtype_name(low)));
      const auto after = lowered(graph, {.low = low, .keep_fp32 = {}, .fewest = {}, .keep_nodes = {}});
      ASSERT_TRUE(after.ok()) << after.status().message();
      expect_no_idle_casts(*after);
      if (ir::hash(graph) != ir::hash(*after)) ++changed;
      std::mt19937 random(seed);
      const auto inputs = random_inputs(graph, random);
      std::vector<Tensor> views;
      for (const auto& input : inputs) views.push_back(input.tensor);
      const auto want = ir::evaluate(graph, views);
      const auto got = ir::evaluate(*after, views);
      ASSERT_TRUE(want.ok() && got.ok());
      for (size_t i = 0; i < (*want).size(); ++i) {
        ASSERT_EQ((*got)[i].tensor.type, (*want)[i].tensor.type);
        EXPECT_GT(cosine((*got)[i].tensor, (*want)[i].tensor), low == DType::kBF16 ? 0.97 : 0.999) << "output " << i;
      }
    }
  }
  EXPECT_GT(changed, 200U);
}

/// The nodes of a graph in no order.
std::multiset<std::string> nodes_of(const ir::Graph& graph) {
  std::multiset<std::string> out;
  for (const ir::NodeId n : graph.topological_order()) {
    const ir::Node& node = graph.node(n);
    std::string text = node.origin + " " + std::string(node.op->id()) + ir::print_attributes(*node.op);
    for (const TensorType& type : graph.input_types(n)) text += " " + type.text();
    for (const TensorType& type : graph.output_types(n)) text += " " + type.text();
    out.insert(std::move(text));
  }
  return out;
}

TEST(PrecisionProperties, ASecondTimeChangesNothing) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    const PrecisionOptions options{.low = DType::kF16, .keep_fp32 = {}, .fewest = {}, .keep_nodes = {}};
    const auto once = lowered(random_graph(8000 + seed, 25), options);
    ASSERT_TRUE(once.ok());
    const auto twice = lowered(*once, options);
    ASSERT_TRUE(twice.ok());
    EXPECT_EQ(nodes_of(*once), nodes_of(*twice)) << "seed " << 8000 + seed << '\n' << ir::print(*once) << ir::print(*twice);
  }
}

TEST(PrecisionProperties, WhatIsToBeKeptIsKept) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    const ir::Graph graph = random_graph(9000 + seed, 25);
    const PrecisionOptions options{.low = DType::kF16, .keep_fp32 = {"step1*", "Conv"}, .fewest = {}, .keep_nodes = {{3, "because"}}};
    const auto decisions = choose_precision(graph, options);
    for (ir::NodeId n = 0; n < graph.node_count(); ++n) {
      const ir::Node& node = graph.node(n);
      if (node.origin.starts_with("step1") || node.op->id() == "Conv" || n == 3) {
        EXPECT_NE(decisions[n].dtype, DType::kF16) << node.origin;
      }
    }
    auto after = with_precision(graph, decisions);
    ASSERT_TRUE(after.ok());
    for (ir::NodeId n = 0; n < after->graph.node_count(); ++n) {
      const ir::Node& node = after->graph.node(n);
      if (!node.alive || after->source[n] == ir::kNone || !node.origin.starts_with("step1")) continue;
      for (ir::ValueId v : node.outputs) EXPECT_NE(after->graph.type(v).dtype, DType::kF16) << node.origin;
    }
  }
}

TEST(PrecisionNames, PatternsAndOperators) {
  EXPECT_TRUE(matches_pattern("a*c", "abbc"));
  EXPECT_TRUE(matches_pattern("*norm*", "Default/layer.norm1/x"));
  EXPECT_TRUE(matches_pattern("**", ""));
  EXPECT_FALSE(matches_pattern("a*c", "abcd"));
  EXPECT_FALSE(matches_pattern("", "a"));
  // A pattern of many stars ends in reasonable time.
  EXPECT_FALSE(matches_pattern(std::string(50, '*') + "b", std::string(10'000, 'a')));
  auto graph = ir::parse("graph g(x: f32[1]) -> (y) {\n  y = Unary(x) {kind=relu}  # net/relu\n}\n");
  ASSERT_TRUE(graph.ok());
  const std::vector<std::string> entries = {"Unary", "net/*", "net/relu", "relu", "Conv"};
  EXPECT_EQ(unmatched_names(*graph, entries), (std::vector<std::string>{"relu", "Conv"}));
}

TEST(PrecisionChoice, EveryNodeInFp32HasAReason) {
  auto graph = ir::parse(
      "graph g(x: f32[2,2]) -> (y) {\n  w = const f32[2,2] = {1, 2, 3, 4}\n  a = MatMul(x, w)  # first\n  b = Unary(a) {kind=exp}  # second\n"
      "  y = Unary(b) {kind=relu}  # third\n}\n");
  ASSERT_TRUE(graph.ok());
  const auto decisions = choose_precision(*graph, {.low = DType::kF16, .keep_fp32 = {}, .fewest = {}, .keep_nodes = {}});
  EXPECT_EQ(decisions[0].dtype, DType::kF16);
  EXPECT_EQ(decisions[0].why, "");
  EXPECT_EQ(decisions[1].dtype, DType::kF32);
  EXPECT_EQ(decisions[1].why, "small errors of its input become large ones");
  EXPECT_EQ(decisions[2].why, "its input may be beyond f16");
}

TEST(PrecisionChoice, NarrowProductsStay) {
  auto graph = ir::parse(
      "graph g(x: f32[1,3,4,4], w: f32[8,3,1,1], v: f32[8,8,1,1], a: f32[8,2], b: f32[8,8], c: f32[8,7]) -> (z, p, q, r) {\n"
      "  y = Conv(x, w) {stride=[1,1], dilation=[1,1], pad_begin=[0,0], pad_end=[0,0]}\n"
      "  z = Conv(y, v) {stride=[1,1], dilation=[1,1], pad_begin=[0,0], pad_end=[0,0]}\n"
      "  p = MatMul(a, b) {transpose_a=true}\n  q = MatMul(b, c)\n  r = MatMul(b, c) {transpose_a=true}\n}\n");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  const auto decisions = choose_precision(*graph, {.low = DType::kF16, .keep_fp32 = {}, .fewest = {{8, 8, 0}, {8, 8, 0}}, .keep_nodes = {}});
  EXPECT_EQ(decisions[0].why, "of fewer than 8 channels");
  EXPECT_EQ(decisions[1].dtype, DType::kF16);
  EXPECT_EQ(decisions[2].dtype, DType::kF16);
  EXPECT_EQ(decisions[3].why, "to fewer than 8 channels");
  EXPECT_EQ(decisions[4].dtype, DType::kF32);
  const auto in_sums = choose_precision(*graph, {.low = DType::kF16, .keep_fp32 = {}, .fewest = {{}, {0, 0, 9}}, .keep_nodes = {}});
  EXPECT_EQ(in_sums[1].why, "sums of fewer than 9 channels");
  EXPECT_EQ(in_sums[4].dtype, DType::kF16);
}

}  // namespace
}  // namespace mindird::passes
