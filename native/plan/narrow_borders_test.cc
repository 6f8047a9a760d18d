#include "plan/narrow_borders.h"

#include <gtest/gtest.h>

#include <array>

namespace mindird::plan {
namespace {

/// The graph with every border narrowed that may be, as text without origins.
std::string narrowed(std::string_view text, Narrowable which = {{true, true}, {true, true}}) {
  auto graph = ir::parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  which.inputs.resize(graph->inputs().size());
  which.outputs.resize(graph->outputs().size());
  auto out = narrow_borders(*graph, which);
  EXPECT_TRUE(out.ok()) << out.status().message();
  return out.ok() ? ir::print(*out, {.origins = false}) : "";
}

std::string normal(std::string_view text) { return ir::print(*ir::parse(text), {.origins = false}); }

constexpr std::string_view kBoth = R"(graph g(x: f32[2,8]) -> (y) {
  h = Cast(x) {to=f16} : f16[2,8]
  a = Unary(h) {kind=relu, alpha=0, beta=0} : f16[2,8]
  b = Binary(a, h) {kind=add} : f16[2,8]
  y = Cast(b) {to=f32} : f32[2,8]
}
)";

TEST(NarrowBorders, CastsAtTheBordersBecomeTheBorders) {
  const std::string out = narrowed(kBoth);
  EXPECT_NE(out.find("(x: f16[2,8])"), std::string::npos) << out;
  EXPECT_EQ(out.find("Cast"), std::string::npos) << out;
}

TEST(NarrowBorders, OnlyThoseThatMay) {
  const std::string input = narrowed(kBoth, {{true}, {false}});
  EXPECT_NE(input.find("(x: f16[2,8])"), std::string::npos) << input;
  EXPECT_NE(input.find("to=f32"), std::string::npos) << input;
  const std::string output = narrowed(kBoth, {{false}, {true}});
  EXPECT_NE(output.find("(x: f32[2,8])"), std::string::npos) << output;
  EXPECT_EQ(output.find("to=f32"), std::string::npos) << output;
  EXPECT_EQ(narrowed(kBoth, {{false}, {false}}), normal(kBoth));
}

TEST(NarrowBorders, AnOutputThatIsAlsoReadInFullStaysCastForItsReaders) {
  const std::string out = narrowed(R"(graph g(x: f16[2,8]) -> (y, z) {
  a = Unary(x) {kind=relu, alpha=0, beta=0} : f16[2,8]
  y = Cast(a) {to=f32} : f32[2,8]
  z = Unary(y) {kind=exp, alpha=0, beta=0} : f32[2,8]
}
)");
  EXPECT_NE(out.find("to=f32"), std::string::npos) << out;
  auto graph = ir::parse(out);
  ASSERT_TRUE(graph.ok()) << out;
  EXPECT_EQ(graph->type(graph->outputs()[0]).dtype, DType::kF16);
  EXPECT_EQ(graph->type(graph->outputs()[1]).dtype, DType::kF32);
}

TEST(NarrowBorders, WhatIsReadInFullOrNotRoundedToF16StaysAsItIs) {
  constexpr std::array<std::string_view, 5> kTexts = {// read in both types
                                                      R"(graph g(x: f32[2,8]) -> (y, z) {
  h = Cast(x) {to=f16} : f16[2,8]
  y = Unary(h) {kind=relu, alpha=0, beta=0} : f16[2,8]
  z = Unary(x) {kind=relu, alpha=0, beta=0} : f32[2,8]
}
)",
                                                      // another type
                                                      R"(graph g(x: f32[2,8]) -> (y) {
  h = Cast(x) {to=bf16} : bf16[2,8]
  a = Unary(h) {kind=relu, alpha=0, beta=0} : bf16[2,8]
  y = Cast(a) {to=f32} : f32[2,8]
}
)",
                                                      // the cast is the result
                                                      R"(graph g(x: f32[2,8]) -> (y) {
  y = Cast(x) {to=f16} : f16[2,8]
}
)",
                                                      // nothing is computed between the casts
                                                      R"(graph g(x: f16[2,8]) -> (y) {
  y = Cast(x) {to=f32} : f32[2,8]
}
)",
                                                      // integers
                                                      R"(graph g(x: i32[2,8]) -> (y) {
  h = Cast(x) {to=f16} : f16[2,8]
  a = Unary(h) {kind=relu, alpha=0, beta=0} : f16[2,8]
  y = Cast(a) {to=i32} : i32[2,8]
}
)"};
  for (const std::string_view text : kTexts) EXPECT_EQ(narrowed(text), normal(text));
}

TEST(NarrowBorders, WhatOnlyTheCallerFillsAndReadsMayBeNarrow) {
  // Two subgraphs: s and t. x is read by both, w by one; a goes from one to the other and out, b out alone.
  auto graph = ir::parse(R"(graph g(x: f32[2,8], w: f32[2,8], v: f32[2,8]) -> (a, b, v) {
  a = Binary(x, w) {kind=add} : f32[2,8]
  c = Binary(a, x) {kind=add} : f32[2,8]
  b = Binary(c, v) {kind=add} : f32[2,8]
}
)");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  const std::vector<ir::NodeId> nodes = graph->topological_order();
  const std::vector<partition::Partition> parts = {{0, {nodes[0]}}, {1, {nodes[1], nodes[2]}}};
  auto subgraphs = partition::extract(*graph, parts);
  ASSERT_TRUE(subgraphs.ok()) << subgraphs.status().message();
  const std::vector<Narrowable> found = narrowable(*graph, *subgraphs);
  const auto may = [&](size_t s, std::string_view name) {
    const partition::Subgraph& sub = (*subgraphs)[s];
    for (size_t i = 0; i < sub.inputs.size(); ++i) {
      if (graph->value(sub.inputs[i]).name == name) return static_cast<bool>(found[s].inputs[i]);
    }
    for (size_t i = 0; i < sub.outputs.size(); ++i) {
      if (graph->value(sub.outputs[i]).name == name) return static_cast<bool>(found[s].outputs[i]);
    }
    ADD_FAILURE() << name << " is at no border of " << s;
    return false;
  };
  EXPECT_FALSE(may(0, "x"));
  EXPECT_TRUE(may(0, "w"));
  EXPECT_FALSE(may(0, "a"));
  EXPECT_FALSE(may(1, "x"));
  EXPECT_FALSE(may(1, "a"));
  EXPECT_FALSE(may(1, "v"));
  EXPECT_TRUE(may(1, "b"));
}

}  // namespace
}  // namespace mindird::plan
