#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "passes/passes.h"
#include "passes/pipeline.h"
#include "test/passes_support.h"
#include "test/processor_time.h"

namespace mindird::passes {
namespace {

ir::Graph graph_of(const std::string& text) {
  auto graph = ir::parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return graph.ok() ? std::move(*graph) : ir::Graph();
}

TEST(FoldConstants, LeavesANodeThatFails) {
  // The index is outside: an error of the request that runs it, not of the load.
  ir::Graph graph = graph_of(R"(graph g(x: f32[1]) -> (z) {
    table = const f32[2] = {1, 2}
    at = const i32[1] = {7}
    y = Gather(table, at) {axis=0}
    z = Binary(x, y) {kind=add}
  })");
  PassContext context;
  const auto changed = fold_constants(graph, context);
  ASSERT_TRUE(changed.ok()) << changed.status().message();
  EXPECT_FALSE(*changed);
  EXPECT_EQ(graph.living_nodes(), 2U);
}

TEST(FoldConstants, SpendsNoMoreThanItsBudget) {
  const std::string text = R"(graph g(x: f32[4]) -> (y) {
    a = const f32[4,100] = {0.5 ...}
    b = Unary(a) {kind=tanh}
    c = Reduce(b) {kind=sum, axes=[1]}
    y = Binary(x, c) {kind=add}
  })";
  ir::Graph graph = graph_of(text);
  PassContext poor;
  poor.fold_work = 900;  // enough for the first node alone
  ASSERT_TRUE(fold_constants(graph, poor).ok());
  EXPECT_EQ(graph.living_nodes(), 2U);
  ir::Graph again = graph_of(text);
  PassContext rich;
  ASSERT_TRUE(fold_constants(again, rich).ok());
  EXPECT_EQ(again.living_nodes(), 1U);
}

TEST(FoldConstants, HostileShapesDoNotStallALoad) {
  // Each product has small operands and a small result, and 2^40 multiply-adds.
  ir::Graph graph = graph_of(R"(graph g(x: f32[1]) -> (y) {
    a = const f32[1,1] = {1}
    b = Expand(a) {shape=[1024,1048576]}
    c = Slice(b) {begin=[0,0], size=[1024,1024], stride=[1,1024]}
    d = MatMul(b, b) {transpose_b=true}
    e = Reduce(d) {kind=sum, axes=[0,1]}
    y = Binary(x, e) {kind=add}
  })");
  const std::clock_t start = std::clock();
  ASSERT_TRUE(optimize(graph).ok());
  EXPECT_LT(test::seconds_since(start), 1);
}

TEST(FoldConstants, LongConvolutionsOfConstantsStay) {
  ir::Graph graph = graph_of(R"(graph g(x: f32[1]) -> (y) {
    a = const f32[1,64,64,64] = {1 ...}
    w = const f32[64,64,31,31] = {1 ...}
    c = Conv(a, w) {stride=[1,1], dilation=[1,1], pad_begin=[15,15], pad_end=[15,15]}
    d = Reduce(c) {kind=sum, axes=[0,1,2,3]}
    y = Binary(x, d) {kind=add}
  })");
  const std::clock_t start = std::clock();
  ASSERT_TRUE(optimize(graph).ok());
  EXPECT_LT(test::seconds_since(start), 2);
  EXPECT_EQ(graph.living_nodes(), 3U);
}

TEST(FoldConstants, SharesEqualConstantsBetweenGraphs) {
  const std::string text = R"(graph g(x: f32[2]) -> (y) {
    a = const f32[2] = {1, 2}
    b = Unary(a) {kind=exp}
    y = Binary(x, b) {kind=add}
  })";
  PipelineOptions options;
  options.constants = std::make_shared<ConstantStore>();
  ir::Graph first = graph_of(text);
  ir::Graph second = graph_of(text);
  ASSERT_TRUE(optimize(first, options).ok());
  ASSERT_TRUE(optimize(second, options).ok());
  const auto constant_of = [](const ir::Graph& graph) { return graph.value(graph.node(graph.topological_order()[0]).inputs[1]).constant; };
  EXPECT_EQ(constant_of(first), constant_of(second));
}

}  // namespace
}  // namespace mindird::passes
