#include "passes/decompose.h"

#include <gtest/gtest.h>

#include <string>

#include "ops/elementwise/unary.h"
#include "test/passes_support.h"

namespace mindird::passes {
namespace {

/// Decomposes every node of the graph and checks that the results stay and that no operator called `gone` remains.
void expect_decomposed(const std::string& text, std::string_view gone) {
  auto graph = ir::parse(text);
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  const ir::Graph before = graph->clone();
  size_t count = 0;
  for (const ir::NodeId id : before.topological_order()) {
    if (before.node(id).op->id() != gone) continue;
    const auto changed = decompose(*graph, id);
    ASSERT_TRUE(changed.ok()) << changed.status().message();
    EXPECT_TRUE(*changed);
    ++count;
  }
  EXPECT_GT(count, 0U);
  graph->erase_dead();
  const Status status = graph->verify();
  ASSERT_TRUE(status.ok()) << status.message();
  for (const ir::NodeId id : graph->topological_order()) {
    // Parts of an activation may be Unary themselves.
    EXPECT_TRUE(gone == ops::Unary::kId || graph->node(id).op->id() != gone);
  }
  expect_same_results(before, *graph, 7);
}

TEST(Decompose, AttentionWithMask) {
  expect_decomposed(R"(graph g(q: f32[2,2,3,4], k: f32[2,2,5,4], v: f32[2,2,5,6], m: f32[2,1,1,5]) -> (y) {
    y = Attention(q, k, v, m) {scale=0.5}
  })",
                    "Attention");
}

TEST(Decompose, AttentionPlain) {
  expect_decomposed(R"(graph g(q: f64[3,4], k: f64[5,4], v: f64[5,6]) -> (y) {
    y = Attention(q, k, v) {scale=1}
  })",
                    "Attention");
}

TEST(Decompose, LayerNormOverTwoDims) {
  expect_decomposed(R"(graph g(x: f32[2,3,4], g: f32[3,4], b: f32[3,4]) -> (y) {
    y = LayerNorm(x, g, b) {begin_axis=1, epsilon=0.001}
  })",
                    "LayerNorm");
}

TEST(Decompose, LayerNormOfHalfFloats) {
  expect_decomposed(R"(graph g(x: f16[2,8], g: f32[8], b: f32[8]) -> (y) {
    y = LayerNorm(x, g, b) {begin_axis=-1, epsilon=0.001}
  })",
                    "LayerNorm");
}

TEST(Decompose, ChannelAffine) {
  expect_decomposed(R"(graph g(x: f32[2,3,4], a: f32[3], b: f32[3], h: f16[2,5]) -> (y, z) {
    c = const f32[5] = {1, 2, 3, 4, 5}
    y = ChannelAffine(x, a, b) {axis=1}
    z = ChannelAffine(h, c, c) {axis=-1}
  })",
                    "ChannelAffine");
}

struct Kind {
  std::string name;
  std::string parameters;
};

class DecomposeUnary : public testing::TestWithParam<Kind> {};

TEST_P(DecomposeUnary, KeepsResults) {
  for (const std::string type : {"f32[5,7]", "f64[5,7]", "f16[5,7]", "bf16[4]"}) {
    const std::string head = "graph g(x: " + type + ") -> (y) {\n  y = Unary(x) {kind=";
    expect_decomposed(head + GetParam().name + GetParam().parameters + "}\n}", "Unary");
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, DecomposeUnary,
                         testing::Values(Kind{"gelu_erf", ""}, Kind{"gelu_tanh", ""}, Kind{"fast_gelu", ""}, Kind{"silu", ""}, Kind{"mish", ""},
                                         Kind{"hard_sigmoid", ""}, Kind{"hard_swish", ""}, Kind{"leaky_relu", ", alpha=0.25"}, Kind{"leaky_relu", ", alpha=-2"},
                                         Kind{"leaky_relu", ", alpha=3"}, Kind{"clip", ", alpha=-0.5, beta=0.75"}, Kind{"clip", ", alpha=-1e300, beta=0.75"}));

TEST(Decompose, LeavesOthersAlone) {
  auto graph = ir::parse(
      "graph g(x: f32[2], i: i32[2]) -> (y, z) {\n  y = Unary(x) {kind=exp}\n  z = Unary(i) {kind=clip, alpha=0, "
      "beta=2}\n}");
  ASSERT_TRUE(graph.ok());
  for (const ir::NodeId id : graph->topological_order()) {
    const auto changed = decompose(*graph, id);
    ASSERT_TRUE(changed.ok());
    EXPECT_FALSE(*changed);
  }
}

}  // namespace
}  // namespace mindird::passes
