#include "ir/graph.h"

#include <gtest/gtest.h>

#include "test/ir_toy_ops.h"

namespace mindird::ir {
namespace {

const TensorType kPair{DType::kF32, Shape{2}};

OpPtr add_op() { return std::make_shared<ToyAdd>(); }
OpPtr scale_op(double factor) {
  auto op = std::make_shared<ToyScale>();
  op->factor = factor;
  return op;
}

/// x ─┬─ a = 2x ─┬─ c = a + b
///    └─ b = 3x ─┘
struct Diamond : testing::Test {
  Diamond() {
    x = graph.add_input("x", kPair);
    a = *graph.add(scale_op(2), {x}, "first");
    b = *graph.add(scale_op(3), {x}, "second");
    c = *graph.add(add_op(), {a, b}, "sum");
    graph.set_outputs({c});
  }
  void expect_verified() {
    const Status status = graph.verify();
    EXPECT_TRUE(status.ok()) << status.message();
  }
  Graph graph;
  ValueId x{}, a{}, b{}, c{};
};

TEST_F(Diamond, KeepsEdgesOnBothSides) {
  expect_verified();
  EXPECT_EQ(graph.value(x).uses.size(), 2U);
  EXPECT_EQ(graph.value(a).uses, (std::vector<Use>{{graph.value(c).producer, 0}}));
  EXPECT_EQ(graph.node(graph.value(c).producer).inputs, (std::vector<ValueId>{a, b}));
  EXPECT_EQ(graph.node(graph.value(c).producer).origin, "sum");
  EXPECT_TRUE(graph.single_use(a));
  EXPECT_FALSE(graph.single_use(x));
  EXPECT_FALSE(graph.single_use(c));
  EXPECT_TRUE(graph.is_output(c));
  EXPECT_EQ(graph.living_nodes(), 3U);
}

TEST_F(Diamond, RefusesNodesThatDoNotInfer) {
  const ValueId other = graph.add_input("y", {DType::kF32, Shape{3}});
  const auto made = graph.add(add_op(), {x, other}, "bad");
  EXPECT_EQ(made.status().message(), "node \"bad\" (ToyAdd): inputs f32[2] and f32[3], want two equal f32 tensors");
  expect_verified();
}

TEST_F(Diamond, OrdersProducersFirstAndStably) {
  EXPECT_EQ(graph.topological_order(), (std::vector<NodeId>{0, 1, 2}));
  // A node added later that comes earlier in the data.
  const ValueId d = *graph.add(scale_op(4), {x}, "late");
  graph.set_input(0, 0, d);
  EXPECT_EQ(graph.topological_order(), (std::vector<NodeId>{1, 3, 0, 2}));
  expect_verified();
}

TEST_F(Diamond, ReplacesValuesAndOutputNames) {
  graph.rename_value(c, "result");
  const ValueId d = *graph.add(scale_op(5), {a}, "other");
  graph.replace_value(c, d);
  EXPECT_EQ(graph.outputs()[0], d);
  EXPECT_EQ(graph.value(d).name, "result");
  EXPECT_TRUE(graph.value(c).uses.empty());
  graph.replace_value(a, b);
  EXPECT_EQ(graph.node(graph.value(d).producer).inputs[0], b);
  expect_verified();
}

TEST_F(Diamond, ReplacesAnOutputByAnInputThatKeepsItsName) {
  graph.replace_value(c, x);
  EXPECT_EQ(graph.outputs()[0], x);
  EXPECT_EQ(graph.value(x).name, "x");
  EXPECT_EQ(graph.erase_dead(), 3U);
  EXPECT_EQ(graph.living_nodes(), 0U);
  expect_verified();
}

TEST_F(Diamond, ReplacesOneOfTwoOutputsByTheOther) {
  graph.set_outputs({c, a});
  graph.replace_value(c, a);
  EXPECT_EQ(std::vector<ValueId>(graph.outputs().begin(), graph.outputs().end()), (std::vector<ValueId>{a, a}));
  expect_verified();
}

TEST_F(Diamond, ErasesWhatNothingNeeds) {
  const ValueId constant = graph.add_constant(floats(Shape{2}, {1, 2}), "unused");
  const ValueId dead = *graph.add(add_op(), {c, constant}, "dead");
  graph.add(scale_op(1), {dead}, "dead too").value();
  EXPECT_EQ(graph.erase_dead(), 2U);
  EXPECT_FALSE(graph.value(constant).alive);
  EXPECT_EQ(graph.value(constant).constant, nullptr);
  EXPECT_TRUE(graph.value(x).alive);
  EXPECT_TRUE(graph.value(c).uses.empty());
  EXPECT_EQ(graph.erase_dead(), 0U);
  expect_verified();
}

TEST_F(Diamond, ErasesOneNode) {
  const ValueId d = *graph.add(add_op(), {a, a}, "twice");
  EXPECT_EQ(graph.value(a).uses.size(), 3U);
  graph.erase_node(graph.value(d).producer);
  EXPECT_EQ(graph.value(a).uses.size(), 1U);
  EXPECT_FALSE(graph.value(d).alive);
  expect_verified();
}

TEST_F(Diamond, ClonesAreIndependent) {
  const Graph before = graph.clone();
  graph.replace_value(a, b);
  graph.erase_dead();
  EXPECT_EQ(before.living_nodes(), 3U);
  EXPECT_TRUE(before.verify().ok());
}

TEST(GraphNames, AreUniqueAndPlain) {
  Graph graph;
  const ValueId a = graph.add_input("net/conv 1", kPair);
  const ValueId b = graph.add_input("net/conv 1", kPair);
  const ValueId c = graph.add_input("", kPair);
  const ValueId d = graph.add_input("7", kPair);
  EXPECT_EQ(graph.value(a).name, "net_conv_1");
  EXPECT_EQ(graph.value(b).name, "net_conv_1_1");
  EXPECT_EQ(graph.value(c).name, "v");
  EXPECT_EQ(graph.value(d).name, "v7");
  graph.rename_value(c, "net_conv_1");
  EXPECT_EQ(graph.value(c).name, "net_conv_1_2");
  graph.rename_value(c, "net_conv_1_2");
  EXPECT_EQ(graph.value(c).name, "net_conv_1_2");
  EXPECT_TRUE(graph.verify().ok());
}

TEST(GraphOutputs, MayBeInputsConstantsAndRepeated) {
  Graph graph;
  const ValueId x = graph.add_input("x", kPair);
  const ValueId c = graph.add_constant(floats(Shape{2}, {1, 2}));
  graph.set_outputs({x, c, x});
  EXPECT_TRUE(graph.verify().ok());
  EXPECT_EQ(graph.erase_dead(), 0U);
  EXPECT_TRUE(graph.value(c).alive);
}

TEST(GraphNodes, WithTwoOutputs) {
  Graph graph;
  const ValueId x = graph.add_input("x", kPair);
  EXPECT_FALSE(graph.add(std::make_shared<ToySplit>(), {x}, "split").ok());
  const auto halves = graph.add_node(std::make_shared<ToySplit>(), {x}, "split");
  ASSERT_TRUE(halves.ok());
  ASSERT_EQ((*halves).size(), 2U);
  EXPECT_EQ(graph.value((*halves)[1]).producer_output, 1U);
  // One living output keeps the node and both its values.
  graph.set_outputs({(*halves)[1]});
  graph.erase_dead();
  EXPECT_TRUE(graph.value((*halves)[0]).alive);
  EXPECT_TRUE(graph.verify().ok());
}

}  // namespace
}  // namespace mindird::ir
