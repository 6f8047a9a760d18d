#include <gtest/gtest.h>

#include <atomic>

#include "base/clock.h"
#include "base/run_limits.h"
#include "ir/binary.h"
#include "ir/graph.h"
#include "ops/control/if.h"
#include "ops/control/loop.h"

namespace mindird::ops {
namespace {

constexpr std::string_view kIf = R"(graph g(c: bool[], x: f32[3]) -> (y) {
  graph then(a: f32[3]) -> (b) {
    b = Unary(a) {kind=neg, alpha=0, beta=0} : f32[3]
  }
  graph else(a: f32[3]) -> (a) {
  }
  y = If(c, x) : f32[3]  # choice
}
)";

// Doubles x until its sum is at least 100; the result is the number of rounds.
constexpr std::string_view kLoop = R"(graph g(x: f32[2]) -> (n, y) {
  zero = const i64[] = {0}
  graph round(i: i64[], v: f32[2]) -> (again, j, w, i, v) {
    s = Reduce(v) {kind=sum, axes=[0], keep_dims=false} : f32[]
    hundred = const f32[] = {100}
    again = Compare(s, hundred) {kind=less} : bool[]
    one = const i64[] = {1}
    j = Binary(i, one) {kind=add} : i64[]
    w = Binary(v, v) {kind=add} : f32[2]
  }
  n, y = Loop(zero, x) {state=2} : i64[], f32[2]  # loop
}
)";

ir::Graph parsed(std::string_view text) {
  auto graph = ir::parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return graph.ok() ? std::move(*graph) : ir::Graph();
}

template <class T>
Tensor tensor(std::vector<T>& values, const TensorType& type) {
  return {type, reinterpret_cast<std::byte*>(values.data())};
}

std::vector<float> run_if(const ir::Graph& graph, uint8_t condition, std::vector<float> x) {
  std::vector<uint8_t> c = {condition};
  const Tensor inputs[] = {tensor(c, {DType::kBool, {}}), tensor(x, {DType::kF32, Shape{static_cast<int64_t>(x.size())}})};
  auto out = ir::evaluate(graph, inputs);
  EXPECT_TRUE(out.ok()) << out.status().message();
  if (!out.ok()) return {};
  const auto values = (*out)[0].tensor.as<float>();
  return {values.begin(), values.end()};
}

TEST(If, RunsTheGraphOfItsCondition) {
  const ir::Graph graph = parsed(kIf);
  EXPECT_EQ(run_if(graph, 1, {1, -2, 3}), (std::vector<float>{-1, 2, -3}));
  EXPECT_EQ(run_if(graph, 0, {1, -2, 3}), (std::vector<float>{1, -2, 3}));
  EXPECT_EQ(run_if(graph, 7, {1, -2, 3}), (std::vector<float>{-1, 2, -3}));
}

TEST(If, SizesMayDifferBetweenItsGraphs) {
  const ir::Graph graph = parsed(R"(graph g(c: bool[], x: f32[4]) -> (y) {
  graph then(a: f32[4]) -> (b) {
    b = Slice(a) {begin=[1], size=[2], stride=[1]} : f32[2]
  }
  graph else(a: f32[4]) -> (a) {
  }
  y = If(c, x) : f32[-1]
}
)");
  EXPECT_EQ(graph.type(graph.outputs()[0]).text(), "f32[-1]");
  EXPECT_EQ(run_if(graph, 1, {1, 2, 3, 4}), (std::vector<float>{2, 3}));
  EXPECT_EQ(run_if(graph, 0, {1, 2, 3, 4}), (std::vector<float>{1, 2, 3, 4}));
}

TEST(Loop, RunsUntilItsGraphSaysNo) {
  const ir::Graph graph = parsed(kLoop);
  std::vector<float> x = {1, 2};
  const Tensor inputs[] = {tensor(x, {DType::kF32, Shape{2}})};
  const auto out = ir::evaluate(graph, inputs);
  ASSERT_TRUE(out.ok()) << out.status().message();
  EXPECT_EQ((*out)[0].tensor.as<int64_t>()[0], 6);
  EXPECT_EQ((*out)[1].tensor.as<float>()[1], 128);
}

Status run_endless(const RunLimits& limits) {
  const ir::Graph graph = parsed(kLoop);
  std::vector<float> x = {0, 0};
  const Tensor inputs[] = {tensor(x, {DType::kF32, Shape{2}})};
  const RunScope scope(limits);
  return ir::evaluate(graph, inputs).status();
}

TEST(Loop, EndsWithItsLimits) {
  const Status rounds = run_endless({.loop_steps = 50});
  EXPECT_EQ(rounds.code(), Code::kTooLarge);
  EXPECT_EQ(rounds.message(), "node \"loop\" (Loop): a loop did not end within 50 rounds (model.loop_steps)");
  EXPECT_EQ(run_endless({.deadline_ns = now_ns()}).code(), Code::kDeadlineExceeded);
  const std::atomic<bool> cancelled = true;
  EXPECT_EQ(run_endless({.cancelled = &cancelled}).code(), Code::kCancelled);
}

TEST(Control, TextAndBytesComeBack) {
  for (const std::string_view text : {kIf, kLoop}) {
    const ir::Graph graph = parsed(text);
    EXPECT_TRUE(graph.verify().ok()) << graph.verify().message();
    EXPECT_EQ(ir::print(graph), text);
    const auto again = ir::read_binary(ir::write_binary(graph));
    ASSERT_TRUE(again.ok()) << again.status().message();
    EXPECT_EQ(ir::print(*again), text);
    EXPECT_EQ(ir::hash(*again), ir::hash(graph));
  }
}

TEST(Control, GraphsBelongToTheHash) {
  std::string text(kLoop);
  text.replace(text.find("{100}"), 5, "{101}");
  EXPECT_NE(ir::hash(parsed(text)), ir::hash(parsed(kLoop)));
  const auto loop_of = [](const ir::Graph& graph) { return graph.node(graph.topological_order()[0]).op; };
  EXPECT_TRUE(ir::same_op(*loop_of(parsed(kLoop)), *loop_of(parsed(kLoop))));
  EXPECT_FALSE(ir::same_op(*loop_of(parsed(text)), *loop_of(parsed(kLoop))));
}

std::string refusal(std::string text, std::string_view from, std::string_view to) {
  text.replace(text.find(from), from.size(), to);
  return std::string(ir::parse(text).status().message());
}

TEST(Control, WhatDoesNotFitIsRefused) {
  EXPECT_EQ(refusal(std::string(kLoop), "{state=2}", "{state=5}"), "line 11: node \"loop\" (Loop): 5 tensors of state in a graph of 2 inputs and 5 outputs");
  EXPECT_EQ(refusal(std::string(kLoop), "{state=2}", "{state=-1}"), "line 11: node \"loop\" (Loop): -1 tensors of state in a graph of 2 inputs and 5 outputs");
  EXPECT_EQ(refusal(std::string(kLoop), "(again, j, w", "(j, j, w"), "line 11: node \"loop\" (Loop): output 0 of the graph inside is i64[], want one bool");
  EXPECT_EQ(refusal(std::string(kLoop), "(again, j, w", "(again, w, w"), "line 11: node \"loop\" (Loop): state 0 is i64[] before and f32[2] after a round");
  EXPECT_EQ(refusal(std::string(kLoop), "Loop(zero, x)", "Loop(x, zero)"),
            "line 11: node \"loop\" (Loop): input 0 of the graph inside is given f32[2], want i64[]");
  EXPECT_EQ(refusal(std::string(kIf), "c: bool[]", "c: bool[2]"), "line 7: node \"choice\" (If): the condition is bool[2], want one bool");
  EXPECT_EQ(refusal(std::string(kIf), "else(a: f32[3]) -> (a)", "else(a: f32[3]) -> (a, a)"), "line 7: the two graphs have 1 and 2 outputs");
  EXPECT_EQ(refusal(std::string(kIf), "y = If(c, x)", "y = Unary(x)"), "line 7: this operator has no graphs");
  EXPECT_EQ(ir::parse("graph g(c: bool[], x: f32[3]) -> (y) {\ny = If(c, x) : f32[3]\n}").status().message(), "line 2: 0 graphs, want 2");
}

TEST(Control, NestingIsBounded) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "graph g() -> () {\n";
  EXPECT_EQ(ir::parse(text).status().message(), "line 258: graphs nest deeper than 256");
}

}  // namespace
}  // namespace mindird::ops
