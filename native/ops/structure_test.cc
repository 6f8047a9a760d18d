#include "ir/structure.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ir/constant_text.h"

// Beside the operators, which its graphs are made of.
namespace mindird::ir {
namespace {

constexpr const char* kText = R"(graph g(x: f32[1,3]) -> (y) {
  w = const f32[3,4] @uniform(-0.5,0.25)
  h = MatMul(x, w) {transpose_a=false, transpose_b=false} : f32[1,4]
  b = const f32[4] = {1, 2, 3, 4}
  y = Binary(h, b) {kind=add} : f32[1,4]
}
)";

const Value* value_named(const Graph& graph, std::string_view name) {
  for (ValueId v = 0; v < graph.value_count(); ++v) {
    if (graph.value(v).alive && graph.value(v).name == name) return &graph.value(v);
  }
  return nullptr;
}

TEST(Structure, MakesTheSameValuesEverywhere) {
  auto graph = read_structure(kText);
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  const Value* w = value_named(*graph, "w");
  ASSERT_TRUE(w && w->constant);
  // Computed apart from this code, in Python: test/gpu/torch_graph_test.py has the same four numbers.
  const std::vector<float> wanted = {0.172790736F, 0.084409669F, -0.496962011F, -0.386728466F};
  const auto values = w->constant->as<float>();
  ASSERT_EQ(values.size(), 12U);
  EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), values.begin())) << constant_values_text(*w->constant);
  EXPECT_TRUE(std::all_of(values.begin(), values.end(), [](float v) { return v >= -0.5F && v < 0.25F; }));
  EXPECT_EQ(constant_values_text(*value_named(*graph, "b")->constant), "{1, 2, 3, 4}");
}

TEST(Structure, KeepsTheGraphAndTheRangeOfItsConstants) {
  auto first = read_structure(kText);
  ASSERT_TRUE(first.ok()) << first.status().message();
  auto text = structure_text(*first);
  ASSERT_TRUE(text.ok()) << text.status().message();
  auto second = read_structure(*text);
  ASSERT_TRUE(second.ok()) << second.status().message();
  EXPECT_EQ(second->living_nodes(), first->living_nodes());
  const auto spread = [](const Graph& g) {
    const auto values = value_named(g, "w")->constant->as<float>();
    return *std::max_element(values.begin(), values.end()) - *std::min_element(values.begin(), values.end());
  };
  EXPECT_NE(text->find("w = const f32[3,4] @uniform("), std::string::npos) << *text;
  EXPECT_LE(spread(*second), spread(*first));
}

TEST(Structure, IntegersStayAsTheyAre) {
  auto graph = read_structure(
      "graph g(x: f32[2,16]) -> (y) {\n  i = const i32[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8}\n  y = Gather(x, i) {axis=1, "
      "batch_dims=0} : f32[2,9]\n}\n");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  auto text = structure_text(*graph);
  ASSERT_TRUE(text.ok());
  EXPECT_NE(text->find("i = const i32[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8}"), std::string::npos) << *text;
}

TEST(Structure, RefusesWhatItCannotMake) {
  const auto refused = [](const char* line) {
    auto graph = read_structure(std::string("graph g(x: f32[9]) -> (y) {\n") + line + "\n  y = Binary(x, w) {kind=add} : f32[9]\n}\n");
    return graph.ok() ? std::string() : graph.status().message();
  };
  EXPECT_EQ(refused("  w = const f32[9] @uniform(0,1"), "line 2: want @uniform(LOW,HIGH)");
  EXPECT_EQ(refused("  w = const f32[9] @uniform(2,1)"), "line 2: want @uniform(LOW,HIGH)");
  EXPECT_EQ(refused("  w = const f32[9] @uniform(0,nan)"), "line 2: want @uniform(LOW,HIGH)");
  EXPECT_NE(refused("  w = const i32[9] @uniform(0,1)"), "");
  EXPECT_NE(refused("  w = const f32[9] @0123"), "");
  EXPECT_EQ(refused("  w = const f32[9] @uniform(0,1)"), "");
}

}  // namespace
}  // namespace mindird::ir
