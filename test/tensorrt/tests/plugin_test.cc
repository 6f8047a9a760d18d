// Plugins of the user on the TensorRT engine (no GPU: the test libraries run them): primitives mapped to a creator, with fields from the model file.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engines/registry.h"
#include "mindir/module.h"
#include "mindir/plugin_map.h"
#include "support.h"
#include "test/mindir_cases.h"

namespace mindird::test {
namespace {

const std::string kOperators = MINDIRD_SOURCE_DIR "/test/ops/";

class Plugins : public testing::Test {
 protected:
  void TearDown() override { EXPECT_TRUE(mindir::set_plugin_map({}).ok()); }

  static void use(std::initializer_list<const char*> texts) {
    std::vector<mindir::PluginEntry> entries;
    for (const char* text : texts) {
      auto entry = mindir::parse_plugin_entry(text);
      ASSERT_TRUE(entry.ok()) << entry.status().message();
      entries.push_back(std::move(entry).value());
    }
    ASSERT_TRUE(mindir::set_plugin_map(std::move(entries)).ok());
  }

  static Result<ir::Graph> lower(const std::string& path) {
    TRY_ASSIGN(const auto module, mindir::read(path));
    const Shape shape = module->inputs()[0].type.shape;
    return module->lower(std::span(&shape, 1));
  }
};

std::vector<float> ramp(size_t count) {
  std::vector<float> out(count);
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<float>(i) - 7.5F;
  return out;
}

/// Every element is alpha times the input, computed by one node on TensorRT.
void expect_scaled(Result<ir::Graph> graph, float alpha) {
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  const TensorType type = graph->type(graph->inputs()[0]);
  std::vector<float> x = ramp(static_cast<size_t>(type.shape.elements()));
  const Tensor input{type, reinterpret_cast<std::byte*>(x.data())};
  const auto run = run_on_tensorrt(std::move(graph).value(), std::span(&input, 1));
  ASSERT_TRUE(run.ok()) << run.status().message();
  ASSERT_EQ(run.value().report.at("nodes").size(), 1U);
  EXPECT_EQ(run.value().report.at("nodes")[0].at("engine"), "tensorrt") << run.value().report.dump();
  std::vector<float> y(x.size());
  std::memcpy(y.data(), run.value().outputs[0].tensor.data, y.size() * sizeof(float));
  for (size_t i = 0; i < x.size(); ++i) EXPECT_FLOAT_EQ(y[i], alpha * x[i]) << i;
}

TEST_F(Plugins, ComputeAPrimitiveWithAFieldFromAnInput) {
  use({"CeLU=TestScale:1(alpha=#1)"});
  expect_scaled(lower(kOperators + "act_celu.mindir"), 0.7F);
}

TEST_F(Plugins, ComputeAPrimitiveThatNothingElseKnows) {
  std::ifstream in(kOperators + "act_elu.mindir", std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  for (size_t at = bytes.find("Elu"); at != std::string::npos; at = bytes.find("Elu")) bytes[at] = 'X';
  const auto path = std::filesystem::path(testing::TempDir()) / "unknown_primitive.mindir";
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_NE(lower(path).status().message().find("this primitive is not supported"), std::string::npos);
  use({"Xlu=TestScale"});
  expect_scaled(lower(path), 2);
  std::filesystem::remove(path);
}

TEST_F(Plugins, ThatAreNotRegisteredAreRefusedByName) {
  use({"CeLU=NoSuchPlugin:3@mine"});
  auto graph = lower(kOperators + "act_celu.mindir");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  const engines::Verdict verdict = tensorrt_engine().supports(*graph, graph->topological_order()[0]);
  EXPECT_FALSE(verdict.yes);
  EXPECT_EQ(verdict.why, "plugin NoSuchPlugin version 3 in namespace mine is not registered (tensorrt.plugins names the libraries to load)");
}

TEST_F(Plugins, SayWhichFieldIsMissing) {
  use({"CeLU=TestScale(alpha=beta)"});
  const auto graph = lower(kOperators + "act_celu.mindir");
  EXPECT_NE(graph.status().message().find("plugin field alpha: the primitive has no beta"), std::string::npos) << graph.status().message();
}

TEST_F(Plugins, RunNowhereElse) {
  use({"CeLU=TestScale(alpha=#1)"});
  auto graph = lower(kOperators + "act_celu.mindir");
  ASSERT_TRUE(graph.ok());
  std::vector<float> x(30);
  const Tensor input{graph->type(graph->inputs()[0]), reinterpret_cast<std::byte*>(x.data())};
  const auto result = ir::evaluate(*graph, std::span(&input, 1));
  EXPECT_NE(result.status().message().find("primitive CeLU is computed by the TensorRT plugin TestScale alone"), std::string::npos)
      << result.status().message();
}

TEST(PluginMap, ReadsEntriesAndRefusesOthers) {
  const auto entry = mindir::parse_plugin_entry("MyOp=MyPlugin:2@space(alpha;axis=#1)");
  ASSERT_TRUE(entry.ok()) << entry.status().message();
  EXPECT_EQ(entry.value().primitive, "MyOp");
  EXPECT_EQ(entry.value().creator, "MyPlugin");
  EXPECT_EQ(entry.value().version, "2");
  EXPECT_EQ(entry.value().name_space, "space");
  const std::vector<std::pair<std::string, std::string>> fields = {{"alpha", "alpha"}, {"axis", "#1"}};
  EXPECT_EQ(entry.value().fields, fields);
  for (const char* text : {"", "MyOp", "MyOp=", "=X", "MyOp=X:", "MyOp=X@", "MyOp=X(a", "MyOp=X(a=)", "My Op=X", "MyOp=X(a;;b)"}) {
    EXPECT_FALSE(mindir::parse_plugin_entry(text).ok()) << text;
  }
  EXPECT_FALSE(mindir::set_plugin_map(
                   {{.primitive = "A", .creator = "B", .name_space = {}, .fields = {}}, {.primitive = "A", .creator = "C", .name_space = {}, .fields = {}}})
                   .ok());
}

}  // namespace
}  // namespace mindird::test
