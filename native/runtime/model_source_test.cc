// Plan files as models: the signature is the file's, plans are those it holds, and what contradicts itself is refused.
#include "runtime/model_source.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "ops/unary.h"
#include "plan/plan_file.h"
#include "runtime/model.h"
#include "runtime/signature_json.h"

namespace mindird::runtime {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

plan::PlanFileGraph graph_of(int64_t rows) {
  plan::PlanFileGraph out{rows, {Shape{rows, 3}}, {}};
  auto op = std::make_shared<ops::Unary>();
  op->kind = ops::UnaryKind::kRelu;
  out.graph.set_outputs({*out.graph.add(op, {out.graph.add_input("x", {DType::kF32, {rows, 3}})}, "relu")});
  return out;
}

Json spec(const char* name) { return {{"name", name}, {"datatype", "FP32"}, {"shape", {-1, 3}}}; }
Json about() { return {{"signature", {{"inputs", {spec("x")}}, {"outputs", {spec("y")}}, {"batched", true}}}, {"precision", "fp16"}, {"keep_fp32", {"Softmax"}}}; }

class PlanFileModels : public ::testing::Test {
 protected:
  PlanFileModels() {
    std::string pattern = (fs::temp_directory_path() / "mindird-model-source-XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    file_ = (folder_ / "m.mindplan").string();
  }
  ~PlanFileModels() override { fs::remove_all(folder_); }

  void write(const Json& about, const std::vector<int64_t>& rows) {
    std::vector<plan::PlanFileGraph> graphs;
    for (int64_t r : rows) graphs.push_back(graph_of(r));
    const auto sizes = plan::write_plan_file(file_, about, graphs, true);
    ASSERT_TRUE(sizes.ok());
  }
  std::string refusal(const Json& about, const std::vector<int64_t>& rows = {1, 4}) {
    write(about, rows);
    const auto source = open_model(file_);
    EXPECT_EQ(source.status().code(), Code::kInvalidModel);
    return source.status().message();
  }

  fs::path folder_;
  std::string file_;
};

TEST_F(PlanFileModels, SignatureBatchesAndPrecisionComeFromTheFile) {
  write(about(), {4, 1});
  auto source = open_model(file_);
  ASSERT_TRUE(source.ok()) << source.status().message();
  ASSERT_TRUE(source->planned);
  EXPECT_EQ(source->planned->buckets, (std::vector<int64_t>{1, 4}));
  EXPECT_EQ(source->planned->precision, "fp16");
  EXPECT_EQ(source->planned->keep_fp32, std::vector<std::string>{"Softmax"});
  const auto signature = signature_of(*source, {});
  EXPECT_TRUE(signature.value().batched);
  EXPECT_EQ(signature.value().inputs[0].type.text(), "f32[-1,3]");
  EXPECT_EQ(signature.value().outputs[0].name, "y");
  const std::string names[] = {"probabilities"};
  EXPECT_EQ(signature_of(*source, names).value().outputs[0].name, "probabilities");
  const std::string two[] = {"a", "b"};
  EXPECT_EQ(signature_of(*source, two).status().code(), Code::kInvalidConfig);
  EXPECT_TRUE(source->module->lower(std::vector{Shape{4, 3}}).ok());
  EXPECT_EQ(source->module->lower(std::vector{Shape{2, 3}}).status().message(), "m.mindplan: has no plan for input shapes [[2,3]], only for [[4,3]], [[1,3]]");
}

TEST_F(PlanFileModels, MoreRowsThanTheLargestPlanAreRefusedAtOnce) {
  write(about(), {1, 4});
  LoadOptions options;
  options.path = file_;
  options.label = "m/1";
  options.engines = {"reference"};
  options.threads = 1;
  options.max_batch = 64;
  const auto model = Model::load(options);
  ASSERT_TRUE(model.ok()) << model.status().message();
  const std::vector<std::byte> bytes(5 * 3 * 4);
  auto request = std::make_unique<Request>();
  request->inputs = {bytes};
  request->shapes = {Shape{5, 3}};
  request->outputs.resize(1);
  const Status refused = model.value()->submit(std::move(request));
  EXPECT_EQ(refused.code(), Code::kInvalidArgument);
  EXPECT_EQ(refused.message(), "the request has 5 rows, the plan file was built for at most 4");
}

TEST_F(PlanFileModels, ContradictionsAreRefused) {
  Json bad = about();
  bad.erase("signature");
  EXPECT_EQ(refusal(bad), "m.mindplan: signature: is not an object");
  bad = about();
  bad["signature"]["inputs"][0]["datatype"] = "FP33";
  EXPECT_EQ(refusal(bad), "m.mindplan: signature: inputs 0: has the unknown datatype FP33");
  bad = about();
  bad["signature"]["batched"] = false;
  EXPECT_EQ(refusal(bad), "m.mindplan: signature: is neither of fixed shapes nor batched");
  bad = about();
  bad["signature"]["inputs"][0]["shape"] = {-1, 4};
  EXPECT_NE(refusal(bad).find("against the signature"), std::string::npos);
  bad = about();
  bad["signature"]["inputs"].push_back(spec("z"));
  EXPECT_NE(refusal(bad).find("a graph has 1 inputs, the signature 2"), std::string::npos);
  bad = about();
  bad["signature"]["inputs"][0]["shape"] = Json::array();
  EXPECT_NE(refusal(bad).find("has no batch dimension"), std::string::npos);
  EXPECT_EQ(refusal(about(), {4, 4}), "m.mindplan: two graphs are for the same shapes");
}

TEST_F(PlanFileModels, AnOutputMoreThanTheGraphHasIsFoundBeforeItRuns) {
  Json bad = about();
  bad["signature"]["outputs"].push_back(spec("z"));
  write(bad, {1});
  const auto source = open_model(file_);
  ASSERT_TRUE(source.ok());
  EXPECT_EQ(source.value().module->lower(std::vector{Shape{1, 3}}).status().message(), "m.mindplan: a graph has 1 outputs, the signature 2");
}

TEST_F(PlanFileModels, OutputTypesMustBeThoseOfTheSignature) {
  Json bad = about();
  bad["signature"]["outputs"][0]["datatype"] = "FP64";
  write(bad, {1});
  const auto source = open_model(file_);
  ASSERT_TRUE(source.ok());
  EXPECT_NE(source.value().module->lower(std::vector{Shape{1, 3}}).status().message().find("output 0"), std::string::npos);
}

}  // namespace
}  // namespace mindird::runtime
