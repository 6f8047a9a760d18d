// Modules: signatures, lowering for different shapes, sharing of constants, life after the file is gone.
#include "mindir/module.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/strings.h"

namespace mindird::mindir {
namespace {

const std::string kRoot = MINDIRD_SOURCE_DIR "/test/";

std::shared_ptr<const Module> load(const std::string& name) {
  auto module = read(kRoot + name + ".mindir");
  EXPECT_TRUE(module.ok()) << module.status().message();
  return module.ok() ? *module : nullptr;
}

size_t constants_of(const ir::Graph& graph, std::vector<const Constant*>& out) {
  for (ir::ValueId id = 0; id < graph.value_count(); ++id) {
    if (graph.value(id).alive && graph.is_constant(id)) out.push_back(graph.value(id).constant.get());
  }
  return out.size();
}

TEST(Module, describes_inputs_and_outputs) {
  const auto module = load("networks/wide_deep_dynamic");
  ASSERT_TRUE(module);
  EXPECT_FALSE(module->fixed_shapes());
  EXPECT_EQ(module->output_count(), 2U);
  for (const Declared& input : module->inputs()) {
    EXPECT_EQ(input.name.find(':'), std::string::npos);
    EXPECT_EQ(input.type.shape[0], -1);
  }
  const auto fixed = load("networks/lenet5");
  ASSERT_TRUE(fixed);
  EXPECT_TRUE(fixed->fixed_shapes());
  EXPECT_GT(fixed->constant_bytes(), 26000U);
}

TEST(Module, flattens_nested_outputs) {
  const auto module = load("ops/graph_nested_outputs");
  ASSERT_TRUE(module);
  EXPECT_EQ(module->output_count(), 4U);
}

TEST(Module, lowers_for_each_batch_and_shares_weights) {
  const auto module = load("networks/resnet50_dynamic");
  ASSERT_TRUE(module);
  Shape shape = module->inputs()[0].type.shape;
  std::vector<const Constant*> first;
  std::vector<const Constant*> second;
  for (const int64_t batch : {1, 5}) {
    shape[0] = batch;
    auto graph = module->lower(std::span(&shape, 1));
    ASSERT_TRUE(graph.ok()) << graph.status().message();
    EXPECT_TRUE(graph->verify().ok());
    EXPECT_EQ(graph->type(graph->outputs()[0]).shape[0], batch);
    constants_of(*graph, batch == 1 ? first : second);
  }
  size_t shared = 0;
  for (const Constant* constant : first) shared += std::count(second.begin(), second.end(), constant) > 0 ? 1 : 0;
  EXPECT_GT(shared, 200U);  // everything but the reshaped biases made anew
}

TEST(Module, names_values_as_the_file_does) {
  const auto module = load("networks/lenet5");
  ASSERT_TRUE(module);
  const Shape shape = module->inputs()[0].type.shape;
  auto graph = module->lower(std::span(&shape, 1));
  ASSERT_TRUE(graph.ok());
  bool found = false;
  for (ir::ValueId id = 0; id < graph->value_count(); ++id) found = found || (graph->value(id).alive && graph->value(id).name == "conv1.weight");
  EXPECT_TRUE(found);
  for (const ir::NodeId id : graph->topological_order()) EXPECT_TRUE(graph->node(id).origin.starts_with("Default/")) << graph->node(id).origin;
}

TEST(Module, refuses_shapes_that_do_not_fit) {
  const auto module = load("networks/lenet5");
  ASSERT_TRUE(module);
  const Shape wrong = {7, 1, 32, 32};
  EXPECT_EQ(module->lower(std::span(&wrong, 1)).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(module->lower({}).status().code(), Code::kInvalidArgument);
  const auto dynamic = load("ops/dynamic_size_conv");
  ASSERT_TRUE(dynamic);
  const Shape tiny = {1, 3, 0, 0};
  auto graph = dynamic->lower(std::span(&tiny, 1));
  EXPECT_EQ(graph.status().code(), Code::kInvalidArgument) << graph.status().message();
  const Shape negative = {1, 3, -4, 8};
  EXPECT_EQ(dynamic->lower(std::span(&negative, 1)).status().code(), Code::kInvalidArgument);
  const Shape huge = {1, 3, int64_t{1} << 31U, int64_t{1} << 31U};
  EXPECT_EQ(dynamic->lower(std::span(&huge, 1)).status().code(), Code::kUnsupported);
}

TEST(Module, does_not_need_its_file_afterwards) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "mindird_module_test";
  std::filesystem::create_directories(folder);
  const auto copy = folder / "model.mindir";
  std::filesystem::copy_file(kRoot + "networks/lenet5.mindir", copy, std::filesystem::copy_options::overwrite_existing);
  auto module = read(copy.string());
  ASSERT_TRUE(module.ok());
  std::ofstream(copy, std::ios::trunc) << "";
  const Shape shape = (*module)->inputs()[0].type.shape;
  auto graph = (*module)->lower(std::span(&shape, 1));
  ASSERT_TRUE(graph.ok());
  std::vector<const Constant*> constants;
  constants_of(*graph, constants);
  size_t bytes = 0;
  for (const Constant* constant : constants) bytes += constant->bytes().size();
  EXPECT_GE(bytes, (*module)->constant_bytes() / 2);
  std::filesystem::remove_all(folder);
}

TEST(Module, lists_what_the_file_holds) {
  const std::string text = load("ops/conv2d_same_s2_even")->text();
  EXPECT_NE(text.find("producer MindSpore 2.10.0"), std::string::npos) << text;
  EXPECT_NE(text.find("Conv2D("), std::string::npos) << text;
  EXPECT_NE(text.find("pad_list=[0,1,0,1]"), std::string::npos) << text;
  EXPECT_NE(text.find("f32["), std::string::npos) << text;
}

}  // namespace
}  // namespace mindird::mindir
