// EngineNode: types are the declared ones, values those of the body; what is missing is said.
#include "ops/embedded/engine_node.h"

#include <gtest/gtest.h>

#include "ir/attribute_text.h"
#include "ops/elementwise/unary.h"

namespace mindird::ops {
namespace {

const TensorType kType{DType::kF32, {2}};

class Body final : public EngineNode::Parts {
 public:
  Result<std::span<const std::byte>> engine() const override { return std::span<const std::byte>(); }
  Result<std::shared_ptr<const ir::Graph>> body() const override {
    auto graph = std::make_shared<ir::Graph>();
    auto op = std::make_shared<Unary>();
    op->kind = UnaryKind::kRelu;
    graph->set_outputs({*graph->add(op, {graph->add_input("x", kType)}, "relu")});
    return std::shared_ptr<const ir::Graph>(graph);
  }
};

std::shared_ptr<EngineNode> node() {
  auto out = std::make_shared<EngineNode>();
  out->inputs = out->outputs = "f32[2]";
  out->made = attribute_safe("device \"H200\" {1}\n");
  return out;
}

TEST(EngineNode, DeclaresItsTypes) {
  const auto op = node();
  EXPECT_EQ(op->infer(ir::Types{kType}).value(), ir::Types{kType});
  EXPECT_EQ(op->infer(ir::Types{{DType::kF32, {3}}}).status().message(), "input 0 is f32[3], want f32[2]");
  EXPECT_FALSE(op->infer(ir::Types{}).ok());
  for (const char* hostile :
       {"", "f32[-1]", "f32[4611686018427387904,4611686018427387904]", "f32[1,]", "q[1]", "f32[2];", ";", "f32[1,1,1,1,1,1,1,1,1,1,1,1,1]"}) {
    op->outputs = hostile;
    auto types = op->infer(ir::Types{kType});
    EXPECT_TRUE(!types.ok() || types->size() == 1) << hostile;
    EXPECT_EQ(types.ok(), op->outputs == "f32[2];") << hostile;
  }
}

TEST(EngineNode, ComputesWhatItsBodyComputes) {
  const auto op = node();
  std::vector<float> in = {-1, 2};
  std::vector<float> out(2);
  const Tensor inputs[] = {{kType, reinterpret_cast<std::byte*>(in.data())}};
  Tensor outputs[] = {{kType, reinterpret_cast<std::byte*>(out.data())}};
  EXPECT_EQ(op->evaluate({inputs, outputs, {}}).code(), Code::kUnsupported);
  op->parts = std::make_shared<Body>();
  ASSERT_TRUE(op->evaluate({inputs, outputs, {}}).ok());
  EXPECT_EQ(out, (std::vector<float>{0, 2}));
}

TEST(EngineNode, AttributesReadBack) {
  const auto op = node();
  EXPECT_EQ(op->made, "device _H200_ _1__");
  op->engine_bytes = 12;
  op->engine = std::string(32, 'a');
  EngineNode read;
  ASSERT_TRUE(ir::parse_attributes(read, ir::attribute_text(*op)).ok());
  EXPECT_TRUE(ir::same_op(read, *op));
}

TEST(EngineNode, IsFoundWhereItIsTheWholeGraph) {
  ir::Graph graph;
  const ir::ValueId x = graph.add_input("x", kType);
  const ir::ValueId y = *graph.add(node(), {x}, "node");
  graph.set_outputs({y});
  EXPECT_NE(only_engine_node(graph), nullptr);
  graph.set_outputs({y, y});
  EXPECT_EQ(only_engine_node(graph), nullptr);
  graph.set_outputs({y});
  graph.add_input("unused", kType);
  EXPECT_EQ(only_engine_node(graph), nullptr);
}

TEST(EngineNodeText, AnyReasonSurvivesBeingAnAttribute) {
  const std::string reason = "node \"conv [1]\" {50%}\n\\ differs %2";
  EXPECT_EQ(attribute_unescaped(attribute_escaped(reason)), reason);
  EXPECT_EQ(attribute_escaped("a \"b\""), "a %22b%22");
  for (const char* odd : {"%", "%2", "%zz", "100 %"}) EXPECT_EQ(attribute_unescaped(odd), odd);
}

}  // namespace
}  // namespace mindird::ops
