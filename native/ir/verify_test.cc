#include <gtest/gtest.h>

#include "ir/graph.h"
#include "test/ir_toy_ops.h"

namespace mindird::ir {
namespace {

const TensorType kPair{DType::kF32, Shape{2}};

TEST(Verify, FindsCycles) {
  Graph graph;
  const ValueId x = graph.add_input("x", kPair);
  const ValueId a = *graph.add(std::make_shared<ToyScale>(), {x}, "a");
  const ValueId b = *graph.add(std::make_shared<ToyScale>(), {a}, "b");
  graph.set_outputs({b});
  ASSERT_TRUE(graph.verify().ok());
  graph.set_input(graph.value(a).producer, 0, b);
  EXPECT_EQ(graph.verify().message(), "graph: nodes form a cycle");
}

TEST(Verify, FindsWrongTypes) {
  Graph graph;
  const ValueId x = graph.add_input("x", kPair);
  const auto out = graph.add_node_typed(std::make_shared<ToyScale>(), {x}, {{DType::kF32, Shape{3}}}, "scale");
  graph.set_outputs({out[0]});
  EXPECT_EQ(graph.verify().message(), "graph: node \"scale\" (ToyScale) output 0 is f32[3], infers f32[2]");
}

TEST(Verify, FindsOperatorsThatDoNotFitTheirInputs) {
  Graph graph;
  const ValueId x = graph.add_input("x", {DType::kI32, Shape{2}});
  const ValueId y = *graph.add(std::make_shared<ToyScale>(), {x}, "scale");
  graph.set_outputs({y});
  graph.set_op(graph.value(y).producer, std::make_shared<ToyAdd>());
  EXPECT_EQ(graph.verify().message(), "graph: node \"scale\" (ToyAdd): 1 inputs, want 2");
}

TEST(Verify, FindsMissingOutputs) {
  Graph graph;
  const ValueId x = graph.add_input("x", kPair);
  const ValueId y = *graph.add(std::make_shared<ToyScale>(), {x}, "scale");
  graph.set_outputs({y});
  graph.erase_node(graph.value(y).producer);
  EXPECT_EQ(graph.verify().message(), "graph: an output does not exist");
  graph.set_outputs({77});
  EXPECT_EQ(graph.verify().message(), "graph: an output does not exist");
}

TEST(Verify, FindsWrongNumbersOfOutputs) {
  Graph graph;
  const ValueId x = graph.add_input("x", kPair);
  const auto out = graph.add_node_typed(std::make_shared<ToySplit>(), {x}, {kPair}, "split");
  graph.set_outputs({out[0]});
  EXPECT_EQ(graph.verify().message(), "graph: node \"split\" has 1 outputs, infers 2");
}

TEST(Verify, TrustsTypesBehindUnknownDims) {
  Graph graph;
  const ValueId x = graph.add_input("x", kPair);
  const ValueId p = *graph.add(std::make_shared<ToyPositive>(), {x}, "positive");
  const auto y = graph.add_node_typed(std::make_shared<ToyAdd>(), {p, p}, {{DType::kF32, Shape{-1}}}, "sum");
  graph.set_outputs({y[0]});
  EXPECT_TRUE(graph.verify().ok());
}

}  // namespace
}  // namespace mindird::ir
