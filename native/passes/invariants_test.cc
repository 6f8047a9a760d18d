// Properties over random graphs: passes keep results (I2) and graphs stay verified (I1); the text form reads back to
// the same graph (I5).
#include <gtest/gtest.h>

#include <string>

#include "passes/pipeline.h"
#include "test/passes_random_graph.h"
#include "test/passes_support.h"

namespace mindird::passes {
namespace {

constexpr uint32_t kGraphs = 300;

TEST(RandomGraphs, EveryPassKeepsResults) {
  std::vector<size_t> changes(every_pass().size(), 0);
  for (uint32_t seed = 0; seed < kGraphs && !HasFailure(); ++seed) {
    const ir::Graph graph = random_graph(seed, 20);
    for (size_t i = 0; i < changes.size(); ++i) {
      const Pass pass = every_pass()[i];
      SCOPED_TRACE(std::string(pass.name) + ", seed " + std::to_string(seed));
      ir::Graph after = graph.clone();
      const Status status = run_by_name(pass.name, after);
      ASSERT_TRUE(status.ok()) << status.message();
      if (ir::hash(graph) == ir::hash(after)) continue;
      ++changes[i];
      expect_same_results(graph, after, seed);
    }
  }
  // A pass that never finds anything to do is not tested by this.
  for (size_t i = 0; i < changes.size(); ++i) EXPECT_GT(changes[i], 0U) << every_pass()[i].name;
}

TEST(RandomGraphs, OptimizeKeepsResults) {
  for (uint32_t seed = 0; seed < kGraphs && !HasFailure(); ++seed) {
    const ir::Graph graph = random_graph(1000 + seed, 30);
    SCOPED_TRACE("seed " + std::to_string(1000 + seed));
    ir::Graph after = graph.clone();
    const auto reports = optimize(after, {.verify_each = true, .constants = nullptr});
    ASSERT_TRUE(reports.ok()) << reports.status().message();
    expect_same_results(graph, after, seed);
  }
}

TEST(RandomGraphs, OptimizeReachesAFixpoint) {
  for (uint32_t seed = 0; seed < kGraphs; ++seed) {
    ir::Graph graph = random_graph(2000 + seed, 30);
    ASSERT_TRUE(optimize(graph).ok());
    const Hash128 once = ir::hash(graph);
    ASSERT_TRUE(optimize(graph).ok());
    EXPECT_EQ(ir::hash(graph), once) << "seed " << 2000 + seed << '\n' << ir::print(graph);
  }
}

TEST(RandomGraphs, TextReadsBack) {
  for (uint32_t seed = 0; seed < kGraphs; ++seed) {
    const ir::Graph graph = random_graph(3000 + seed, 25);
    const std::string text = ir::print(graph, {.constant_values = true, .origins = true});
    auto read = ir::parse(text);
    ASSERT_TRUE(read.ok()) << read.status().message() << '\n' << text;
    ASSERT_TRUE((*read).verify().ok());
    EXPECT_EQ(ir::hash(*read), ir::hash(graph)) << text;
    EXPECT_EQ(ir::print(*read, {.constant_values = true, .origins = true}), text);
  }
}

}  // namespace
}  // namespace mindird::passes
