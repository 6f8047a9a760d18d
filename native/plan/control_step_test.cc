#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/run_limits.h"
#include "plan/compile.h"
#include "test/plan_engines.h"

namespace mindird::plan {
namespace {

using test::TestEngine;

// Swaps its two tensors and adds k to one of them, n times.
constexpr std::string_view kSwaps = R"(graph g(n: i64[], a: f32[2], b: f32[2], k: f32[2]) -> (p, q, before) {
  before = Unary(a) {kind=neg, alpha=0, beta=0} : f32[2]
  zero = const i64[] = {0}
  graph round(i: i64[], x: f32[2], y: f32[2], most: i64[], k: f32[2]) -> (again, j, y, z, x, y) {
    again = Compare(i, most) {kind=less} : bool[]
    one = const i64[] = {1}
    j = Binary(i, one) {kind=add} : i64[]
    graph then(x: f32[2], k: f32[2]) -> (z) {
      z = Binary(x, k) {kind=add} : f32[2]
    }
    graph else(x: f32[2], k: f32[2]) -> (x) {
    }
    z = If(again, x, k) : f32[2]  # inner
  }
  p, q = Loop(zero, a, b, n, k) {state=3} : f32[2], f32[2]  # loop
}
)";

ir::Graph parsed(std::string_view text) {
  auto graph = ir::parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return graph.ok() ? std::move(*graph) : ir::Graph();
}

struct Running {
  std::shared_ptr<const ExecutionPlan> plan;
  std::unique_ptr<PlanContext> context;
  Buffer arena;
  Buffer workspace;
  Report report;
};

void start(Running& run, std::string_view text, const std::vector<const engines::Engine*>& engines) {
  CompileOptions options;
  options.engines = engines;
  auto plan = compile(parsed(text), options, run.report);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  run.plan = *plan;
  run.arena = Buffer::allocate(run.plan->arena_bytes()).value();
  run.workspace = Buffer::allocate(run.plan->workspace_bytes()).value();
  auto context = run.plan->context(run.arena.span(), run.workspace.span());
  ASSERT_TRUE(context.ok()) << context.status().message();
  run.context = std::move(*context);
}

void give(Running& run, int64_t n, std::vector<float> a, std::vector<float> b, std::vector<float> k) {
  run.context->inputs()[0].as<int64_t>()[0] = n;
  std::ranges::copy(a, run.context->inputs()[1].as<float>().begin());
  std::ranges::copy(b, run.context->inputs()[2].as<float>().begin());
  std::ranges::copy(k, run.context->inputs()[3].as<float>().begin());
}

std::vector<float> output(const Running& run, size_t i) {
  const auto values = run.context->outputs()[i].as<float>();
  return {values.begin(), values.end()};
}

TEST(ControlStep, ALoopHandsOnItsStateAndKeepsTheRest) {
  const TestEngine picky("picky", "Unary");
  const TestEngine rest("rest", "nothing");
  Running run;
  start(run, kSwaps, {&picky, &rest});
  // x, y = y, x + k: after each round but the last, which hands on nothing.
  for (const int64_t n : {0, 1, 2, 5, 0, 3}) {
    std::vector<float> x = {1, 2};
    std::vector<float> y = {10, 20};
    for (int64_t i = 0; i < n; ++i) {
      std::vector<float> z = {x[0] + 100, x[1] + 200};
      x = std::exchange(y, z);
    }
    give(run, n, {1, 2}, {10, 20}, {100, 200});
    const Status status = run.context->run();
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(output(run, 0), x) << n;
    EXPECT_EQ(output(run, 1), y) << n;
    EXPECT_EQ(output(run, 2), (std::vector<float>{-1, -2})) << n;
  }
}

TEST(ControlStep, ItsGraphsAreInTheReport) {
  const TestEngine rest("rest", "nothing");
  Running run;
  start(run, kSwaps, {&rest});
  const Report& partitions = run.report["partitions"];
  ASSERT_EQ(partitions.size(), 2U);
  const Report& loop = partitions[0].contains("graphs") ? partitions[0] : partitions[1];
  ASSERT_EQ(loop["graphs"].size(), 1U);
  EXPECT_EQ(loop["graphs"][0]["name"], "round");
  EXPECT_EQ(loop["graphs"][0]["partitions"].size(), 2U);
  EXPECT_EQ(loop["graphs"][0]["partitions"][1]["graphs"].size(), 2U);
}

TEST(ControlStep, LimitsEndALoop) {
  const TestEngine rest("rest", "nothing");
  Running run;
  start(run, kSwaps, {&rest});
  give(run, 1'000'000'000, {1, 2}, {10, 20}, {1, 1});
  {
    const RunScope scope({.loop_steps = 1000});
    const Status status = run.context->run();
    EXPECT_EQ(status.code(), Code::kTooLarge);
    EXPECT_NE(status.message().find("node \"loop\" (Loop): a loop did not end within 1000 rounds (model.loop_steps)"), std::string::npos) << status.message();
  }
  const RunScope scope({.deadline_ns = 1});
  EXPECT_EQ(run.context->run().code(), Code::kDeadlineExceeded);
}

TEST(ControlStep, SizesThatDifferBetweenBranchesAreTakenFromTheOneThatRan) {
  const TestEngine rest("rest", "nothing");
  Running run;
  start(run, R"(graph g(c: bool[], x: f32[4]) -> (y) {
  graph then(a: f32[4]) -> (b) {
    b = Slice(a) {begin=[1], size=[2], stride=[1]} : f32[2]
  }
  graph else(a: f32[4]) -> (a) {
  }
  y = If(c, x) : f32[-1]
}
)",
        {&rest});
  std::ranges::copy(std::vector<float>{1, 2, 3, 4}, run.context->inputs()[1].as<float>().begin());
  for (const bool condition : {true, false, true}) {
    run.context->inputs()[0].as<uint8_t>()[0] = condition ? 1 : 0;
    ASSERT_TRUE(run.context->run().ok());
    EXPECT_EQ(output(run, 0), condition ? (std::vector<float>{2, 3}) : (std::vector<float>{1, 2, 3, 4}));
  }
}

}  // namespace
}  // namespace mindird::plan
