#include "passes/pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "test/processor_time.h"

namespace mindird::passes {
namespace {

const std::string kSmall = R"(graph g(x: f32[2,3]) -> (y) {
  one = const f32[] = {1}
  a = Binary(x, one) {kind=mul}
  b = Unary(a) {kind=exp}
  y = Unary(b) {kind=tanh}
})";

ir::Graph graph_of(const std::string& text) {
  auto graph = ir::parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return graph.ok() ? std::move(*graph) : ir::Graph();
}

TEST(Pipeline, ReportsEveryRun) {
  ir::Graph graph = graph_of(kSmall);
  auto reports = optimize(graph);
  ASSERT_TRUE(reports.ok());
  size_t expected = 0;
  for (const Stage& stage : stages()) expected += stage.passes.size();
  EXPECT_GT((*reports).size(), expected);
  size_t changes = 0;
  for (const PassReport& report : *reports) {
    EXPECT_TRUE(report.changed || report.nodes_before == report.nodes_after) << report.name;
    changes += report.changed ? 1 : 0;
    EXPECT_GE(report.microseconds, 0);
  }
  EXPECT_EQ(changes, 1U);
  EXPECT_EQ((*reports).front().nodes_before, 3U);
  EXPECT_EQ((*reports).back().nodes_after, 2U);
  EXPECT_EQ((*reports).back().round, 1);
  EXPECT_EQ((*reports).back().stage, "optimise");
}

TEST(Pipeline, NamesTheFailingPass) {
  constexpr std::array kPasses = {Pass{"always_fails", [](ir::Graph&, PassContext&) -> Result<bool> { return invalid_argument("no luck"); }}};
  ir::Graph graph = graph_of(kSmall);
  PassContext context;
  const auto reports = run_stage({"test", kPasses}, graph, context);
  EXPECT_EQ(reports.status().message(), "pass always_fails: no luck");
}

TEST(Pipeline, VerifiesWhatPassesMake) {
  // Turns y = tanh(b) into y = tanh(y).
  constexpr std::array kPasses = {Pass{"makes_a_cycle", [](ir::Graph& graph, PassContext&) -> Result<bool> {
                                         const ir::NodeId last = graph.value(graph.outputs()[0]).producer;
                                         graph.set_input(last, 0, graph.outputs()[0]);
                                         return true;
                                       }}};
  PassContext context;
  ir::Graph graph = graph_of(kSmall);
  const auto each = run_stage({"test", kPasses}, graph, context, {.verify_each = true, .constants = nullptr});
  ASSERT_FALSE(each.ok());
  EXPECT_TRUE(each.status().message().starts_with("pass makes_a_cycle: graph: ")) << each.status().message();
  ir::Graph other = graph_of(kSmall);
  const auto at_end = run_stage({"test", kPasses}, other, context, {.verify_each = false, .constants = nullptr});
  ASSERT_FALSE(at_end.ok());
  EXPECT_TRUE(at_end.status().message().starts_with("stage test: graph: ")) << at_end.status().message();
}

TEST(Pipeline, EndsWhenPassesNeverDo) {
  constexpr std::array kPasses = {Pass{"restless", [](ir::Graph&, PassContext&) -> Result<bool> { return true; }}};
  ir::Graph graph = graph_of(kSmall);
  PassContext context;
  auto reports = run_stage({"test", kPasses}, graph, context);
  ASSERT_TRUE(reports.ok());
  EXPECT_EQ((*reports).size(), 12U);
}

TEST(Pipeline, LeavesUnknownDimsAlone) {
  ir::Graph graph = graph_of(R"(graph g(x: f32[2,3]) -> (y) {
    one = const f32[] = {1}
    p = NonZero(x) : i64[-1,2]
    q = Cast(p) {to=f32} : f32[-1,2]
    r = Binary(q, one) {kind=mul} : f32[-1,2]
    y = Unary(r) {kind=relu} : f32[-1,2]
  })");
  ASSERT_TRUE(optimize(graph).ok());
  EXPECT_EQ(graph.living_nodes(), 4U);
}

TEST(Pipeline, TakesManyReadersOfOneValue) {
  std::string text = "graph g(x: f32[1]) -> (y) {\n";
  std::string all;
  for (int i = 0; i < 20000; ++i) {
    const std::string name = "v" + std::to_string(i);
    text += name + " = Unary(x) {kind=tanh}\n";
    all += (i ? ", " : "") + name;
  }
  ir::Graph graph = graph_of(text + "y = Concat(" + all + ") {axis=0}\n}");
  const std::clock_t start = std::clock();
  ASSERT_TRUE(optimize(graph).ok());
  EXPECT_LT(test::seconds_since(start), 5);
  EXPECT_EQ(graph.living_nodes(), 2U);
}

/// Mutates the golden files' graphs and optimises whatever still parses: errors are fine, crashes and broken graphs are
/// not.
TEST(Pipeline, SurvivesMutatedGraphs) {
  std::vector<std::string> corpus;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(MINDIRD_SOURCE_DIR "/test/ir")) {
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    if (entry.path().extension() == ".ir") corpus.push_back(text.str());
  }
  std::sort(corpus.begin(), corpus.end());
  ASSERT_FALSE(corpus.empty());
  std::mt19937 random(11);
  const std::string bytes = "0123456789-,.[]{}()=:abcfixyp \n";
  size_t parsed = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string text = corpus[random() % corpus.size()];
    for (size_t edits = 1 + random() % 3; edits > 0; --edits) text[random() % text.size()] = bytes[random() % bytes.size()];
    auto graph = ir::parse(text);
    if (!graph.ok() || !(*graph).verify().ok()) continue;
    ++parsed;
    const auto reports = optimize(*graph, {.verify_each = true, .constants = nullptr});
    EXPECT_NE(reports.status().code(), Code::kInternal) << reports.status().message() << '\n' << text;
  }
  EXPECT_GT(parsed, 500U);
}

}  // namespace
}  // namespace mindird::passes
