// Fields and types of plugins as text, and what is refused.
#include "ops/embedded/plugin.h"

#include <gtest/gtest.h>

#include "ir/graph.h"

namespace mindird::ops {
namespace {

TEST(Plugin, FieldsReadBack) {
  const std::vector<PluginFieldValue> fields = {
      {"alpha", std::vector<double>{0.1, -2}}, {"axes", std::vector<int64_t>{1, -2}}, {"mode", std::string("same")}, {"none", std::vector<int64_t>{}}};
  const auto text = plugin_fields_text(fields);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, "alpha=f:0.1,-2;axes=i:1,-2;mode=s:same;none=i:");
  auto read = parse_plugin_fields(*text);
  ASSERT_TRUE(read.ok()) << read.status().message();
  ASSERT_EQ(read->size(), fields.size());
  for (size_t i = 0; i < fields.size(); ++i) {
    EXPECT_EQ((*read)[i].name, fields[i].name);
    EXPECT_EQ((*read)[i].value, fields[i].value);
  }
}

TEST(Plugin, RefusesFieldsTheTextCannotCarry) {
  EXPECT_FALSE(plugin_fields_text({{"a b", std::string()}}).ok());
  EXPECT_FALSE(plugin_fields_text({{"", std::string()}}).ok());
  EXPECT_FALSE(plugin_fields_text({{"mode", std::string("a;b=i:1")}}).ok());
  for (const char* text : {"=i:1", "a", "a=", "a=i", "a=x:1", "a=i:1,x",
                           "a=f:"
                           " "
                           "1 "})
    EXPECT_FALSE(parse_plugin_fields(text).ok()) << text;
}

TEST(Plugin, HasTheTypesItSays) {
  Plugin op;
  op.types = "f32[2,3];i32[]";
  auto types = op.infer({});
  ASSERT_TRUE(types.ok()) << types.status().message();
  ASSERT_EQ(types->size(), 2U);
  EXPECT_EQ((*types)[0].text(), "f32[2,3]");
  EXPECT_EQ((*types)[1].text(), "i32[]");
  for (const char* text : {"", "f32", "f32[-1]", "q8[1]", "f32[1,2", "f32[9223372036854775807,8]"}) {
    op.types = text;
    EXPECT_FALSE(op.infer({}).ok()) << text;
  }
}

TEST(Plugin, ReadsBackInTheTextOfAGraph) {
  ir::Graph graph;
  auto op = std::make_shared<Plugin>();
  op->primitive = "MyScale";
  op->creator = "Scale";
  op->version = "1";
  op->fields = "alpha=f:0.5";
  op->types = "f32[2]";
  const ir::ValueId x = graph.add_input("x", {DType::kF32, Shape{2}});
  graph.set_outputs({*graph.add(op, {x}, "net/scale")});
  auto read = ir::parse(ir::print(graph));
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(ir::hash(*read), ir::hash(graph));
}

}  // namespace
}  // namespace mindird::ops
