// Plan files as models: the signature is the file's, plans are those it holds, and what contradicts itself is refused.
#include "runtime/file/model_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "ops/elementwise/unary.h"
#include "plan/plan_file.h"
#include "runtime/file/signature_json.h"
#include "runtime/serve/model.h"
#include "runtime/serve/testing_requests.h"
#include "test/temporary_folder.h"

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
Json about() {
  return {{"signature", {{"inputs", {spec("x")}}, {"outputs", {spec("y")}}, {"batched", true}}}, {"precision", "fp16"}, {"keep_fp32", {"Softmax"}}};
}

class PlanFileModels : public ::testing::Test {
 protected:
  void write(const Json& about, const std::vector<int64_t>& rows) {
    plan::PlanFileContent content;
    content.about = about;
    for (int64_t r : rows) content.graphs.push_back(graph_of(r));
    if (open_rows_ > 0) content.open.graph = graph_of(open_rows_);
    content.open.why = "a test";
    const auto sizes = plan::write_plan_file(file_, content, true);
    ASSERT_TRUE(sizes.ok());
  }
  std::string refusal(const Json& about, const std::vector<int64_t>& rows = {1, 4}) {
    write(about, rows);
    const auto source = open_model(file_);
    EXPECT_EQ(source.status().code(), Code::kInvalidModel);
    return source.status().message();
  }

  const test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  std::string file_ = (folder_ / "m.mindplan").string();
  int64_t open_rows_ = 0;  // 0: no open graph
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

/// Loads the file and hands it `rows` rows of -1, 2, -3 …; the rows of the answer or what went wrong.
class Served {
 public:
  explicit Served(const std::string& file) {
    LoadOptions options;
    options.path = file;
    options.label = "m/1";
    options.engines = {"reference"};
    options.threads = 1;
    options.max_batch = 64;
    auto model = Model::load(options);
    EXPECT_TRUE(model.ok()) << model.status().message();
    model_ = *model;
  }
  ~Served() { model_->close(); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  RequestOutcome ask(int64_t rows) {
    std::vector<float> values;
    for (int64_t i = 0; i < rows * 3; ++i) values.push_back(static_cast<float>(i % 2 == 0 ? -i : i));
    const auto sink = std::make_shared<Collector>();
    auto request = std::make_unique<Request>();
    request->inputs = {std::as_bytes(std::span(values))};
    request->shapes = {Shape{rows, 3}};
    request->outputs.resize(1);
    request->ticket = ++request_ticket_;
    request->sink = sink;
    const Status refused = model_->submit(std::move(request));
    if (!refused.ok()) {
      RequestOutcome out;
      out.status = refused;
      return out;
    }
    RequestOutcome answer = sink->wait(request_ticket_);
    if (answer.status.ok()) expect_relu(values, answer);
    return answer;
  }

 private:
  static void expect_relu(const std::vector<float>& values, const RequestOutcome& answer) {
    ASSERT_EQ(answer.shapes.at(0)[0] * 3, static_cast<int64_t>(values.size()));
    ASSERT_TRUE(answer.buffers.at(0));
    const auto* got = reinterpret_cast<const float*>(answer.buffers[0]->data());
    for (size_t i = 0; i < values.size(); ++i) ASSERT_EQ(got[i], std::max(values[i], 0.0F)) << i;
  }

  uint64_t request_ticket_ = 0;
  std::shared_ptr<Model> model_;
};

TEST_F(PlanFileModels, MoreRowsThanTheLargestPlanRunInPieces) {
  write(about(), {1, 4});
  Served served(file_);
  for (int64_t rows : {1, 3, 4, 5, 6, 37}) {
    const RequestOutcome answer = served.ask(rows);
    ASSERT_TRUE(answer.status.ok()) << rows << ": " << answer.status.message();
  }
}

TEST_F(PlanFileModels, TheFileMayBeReplacedOrRemovedOrOverwrittenWhileItIsServed) {
  write(about(), {1, 4});
  Served served(file_);
  write(about(), {1});
  EXPECT_TRUE(served.ask(6).status.ok());
  std::ofstream(file_, std::ios::binary | std::ios::trunc) << "nothing";
  EXPECT_TRUE(served.ask(4).status.ok());
  fs::remove(file_);
  EXPECT_TRUE(served.ask(7).status.ok());
}

TEST_F(PlanFileModels, AnOpenGraphOfOtherShapesIsRefused) {
  open_rows_ = 5;
  Json fixed = about();
  fixed["signature"]["inputs"][0]["shape"] = {4, 3};
  fixed["signature"]["batched"] = false;
  EXPECT_NE(refusal(fixed, {4}).find("the open graph has input shapes [[5,3]], against the signature"), std::string::npos);
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
