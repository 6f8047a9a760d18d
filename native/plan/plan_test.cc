#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "base/strings.h"
#include "engines/registry.h"
#include "ops/binary.h"
#include "ops/identity.h"
#include "ops/non_zero.h"
#include "ops/unary.h"
#include "plan/batch_axis.h"
#include "plan/compile.h"

namespace mindird::plan {
namespace {

namespace fs = std::filesystem;
using ir::Graph;
using ir::ValueId;

/// Interprets its subgraph, takes every operator but those refused, and can be cached: its serialized form is a stamp.
class TestEngine final : public engines::Engine {
 public:
  explicit TestEngine(std::string id, std::string refuses = {}) : id_(std::move(id)), refuses_(std::move(refuses)) {}

  std::string_view id() const override { return id_; }
  std::string fingerprint() const override { return "test"; }
  std::string version() const override { return "1"; }
  engines::Verdict supports(const Graph& g, ir::NodeId n) const override {
    return g.node(n).op->id() == refuses_ ? engines::Verdict::refuse("refused by the test") : engines::Verdict::accept();
  }
  Result<std::unique_ptr<engines::Executable>> build(Graph g, const engines::BuildOptions&) const override {
    ++builds;
    return std::unique_ptr<engines::Executable>(std::make_unique<TestExecutable>(std::move(g)));
  }
  Result<std::unique_ptr<engines::Executable>> load(Graph g, std::span<const std::byte> bytes, const engines::BuildOptions&) const override {
    if (bytes.size() != 5) return internal_error("not my stamp");
    ++loads;
    return std::unique_ptr<engines::Executable>(std::make_unique<TestExecutable>(std::move(g)));
  }

  mutable int builds = 0;
  mutable int loads = 0;

 private:
  class TestExecutable final : public engines::Executable {
   public:
    explicit TestExecutable(Graph g) : graph_(std::move(g)) {}
    size_t workspace_bytes() const override { return 100; }
    Result<std::unique_ptr<engines::Context>> context(std::span<std::byte> workspace) const override {
      EXPECT_GE(workspace.size(), 100U);
      return std::unique_ptr<engines::Context>(std::make_unique<TestContext>(graph_));
    }
    Result<std::vector<std::byte>> serialize() const override { return std::vector<std::byte>(5); }
    std::vector<std::string> steps() const override { return {"interpret"}; }
    size_t constant_bytes() const override { return 0; }

   private:
    Graph graph_;
  };
  class TestContext final : public engines::Context {
   public:
    explicit TestContext(const Graph& g) : graph_(g) {}
    Status run(const engines::RunArgs& args) override {
      TRY_ASSIGN(auto results, ir::evaluate(graph_, args.inputs));
      for (size_t i = 0; i < results.size(); ++i) {
        if (!args.outputs[i].type.shape.known()) TRY(args.allocate(i, results[i].tensor.type));
        std::copy_n(results[i].tensor.data, results[i].tensor.bytes(), args.outputs[i].data);
      }
      return {};
    }

   private:
    const Graph& graph_;
  };
  std::string id_;
  std::string refuses_;
};

const TensorType kType{DType::kF32, {2, 3}};

std::shared_ptr<ops::Unary> relu() {
  auto op = std::make_shared<ops::Unary>();
  op->kind = ops::UnaryKind::kRelu;
  return op;
}

/// Runs a plan on `inputs` in memory poisoned beforehand, and returns the outputs' floats.
std::vector<std::vector<float>> run(const ExecutionPlan& plan, std::span<const std::vector<float>> inputs) {
  auto arena = Buffer::allocate(plan.arena_bytes());
  auto workspace = Buffer::allocate(plan.workspace_bytes());
  std::fill_n(arena->data(), arena->size(), std::byte{0xff});
  auto context = plan.context(arena->span(), workspace->span());
  EXPECT_TRUE(context.ok());
  for (size_t i = 0; i < inputs.size(); ++i) std::copy(inputs[i].begin(), inputs[i].end(), (*context)->inputs()[i].as<float>().begin());
  const Status status = (*context)->run();
  EXPECT_TRUE(status.ok()) << status.message();
  std::vector<std::vector<float>> out;
  for (const Tensor& t : (*context)->outputs()) out.emplace_back(t.as<float>().begin(), t.as<float>().end());
  return out;
}

TEST(Plan, RandomGraphsOnTwoEnginesComputeWhatTheGraphComputes) {
  const TestEngine picky("picky", "Unary");
  const TestEngine rest("rest");
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    Graph g;
    std::vector<ValueId> values = {g.add_input("x", kType), g.add_input("y", kType)};
    for (size_t i = 0; i < 2 + random() % 25; ++i) {
      const ValueId a = values[random() % values.size()];
      const ValueId b = values[values.size() - 1 - random() % std::min<size_t>(values.size(), 4)];
      values.push_back(random() % 3 == 0 ? *g.add(relu(), {b}, "relu") : *g.add(std::make_shared<ops::Binary>(), {a, b}, "add"));
    }
    // Outputs may repeat, and may be inputs.
    g.set_outputs({values.back(), values[random() % values.size()], values[random() % values.size()]});
    std::vector<std::vector<float>> inputs(2, std::vector<float>(6));
    for (auto& input : inputs) {
      for (float& f : input) f = static_cast<float>(random() % 9) - 4;
    }
    const Tensor tensors[] = {{kType, reinterpret_cast<std::byte*>(inputs[0].data())}, {kType, reinterpret_cast<std::byte*>(inputs[1].data())}};
    auto expected = ir::evaluate(g, tensors);
    ASSERT_TRUE(expected.ok());
    CompileOptions options;
    options.engines = {&picky, &rest};
    Report report;
    auto plan = compile(g.clone(), options, report);
    ASSERT_TRUE(plan.ok()) << plan.status().message();
    const auto got = run(**plan, inputs);
    for (size_t i = 0; i < 3; ++i) {
      const auto want = (*expected)[i].tensor.as<float>();
      ASSERT_TRUE(std::equal(want.begin(), want.end(), got[i].begin(), got[i].end())) << "round " << round << " output " << i;
    }
  }
}

TEST(Plan, TheReportNamesEveryNodeItsEngineAndWhy) {
  const TestEngine picky("picky", "Unary");
  const TestEngine rest("rest");
  Graph g;
  const ValueId x = g.add_input("x", kType);
  g.set_outputs({*g.add(relu(), {*g.add(std::make_shared<ops::Binary>(), {x, x}, "Default/add")}, "Default/relu")});
  CompileOptions options;
  options.engines = {&picky, &rest};
  Report report;
  ASSERT_TRUE(compile(std::move(g), options, report).ok());
  ASSERT_EQ(report["nodes"].size(), 2U);
  EXPECT_EQ(report["nodes"][0]["engine"], "picky");
  EXPECT_EQ(report["nodes"][1]["engine"], "rest");
  EXPECT_EQ(report["nodes"][1]["refused"][0]["why"], "refused by the test");
  EXPECT_EQ(report["partitions"].size(), 2U);
  EXPECT_FALSE(report["passes"].empty());
}

TEST(Plan, OutputsMayBeInputsAndConstants) {
  const TestEngine engine("rest");
  Graph g;
  const ValueId x = g.add_input("x", kType);
  const std::vector<float> values = {1, 2};
  const ValueId c = g.add_constant(*make_constant({DType::kF32, {2}}, std::as_bytes(std::span(values))));
  g.set_outputs({x, c, x});
  CompileOptions options;
  options.engines = {&engine};
  Report report;
  auto plan = compile(std::move(g), options, report);
  ASSERT_TRUE(plan.ok());
  const std::vector<std::vector<float>> inputs = {{1, 2, 3, 4, 5, 6}};
  const auto got = run(**plan, inputs);
  EXPECT_EQ(got[0], inputs[0]);
  EXPECT_EQ(got[1], values);
  EXPECT_EQ(got[2], inputs[0]);
}

TEST(Plan, DataDependentOutputsAreAllocated) {
  const TestEngine engine("rest");
  Graph g;
  const ValueId x = g.add_input("x", kType);
  g.set_outputs({*g.add(std::make_shared<ops::NonZero>(), {x}, "nz")});
  CompileOptions options;
  options.engines = {&engine};
  Report report;
  auto plan = compile(std::move(g), options, report);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  auto arena = Buffer::allocate((*plan)->arena_bytes());
  auto workspace = Buffer::allocate((*plan)->workspace_bytes());
  auto context = (*plan)->context(arena->span(), workspace->span());
  for (const size_t zeros : {size_t{1}, size_t{6}, size_t{0}}) {
    const auto input = (*context)->inputs()[0].as<float>();
    for (size_t i = 0; i < 6; ++i) input[i] = i < zeros ? 0.F : 1.F;
    ASSERT_TRUE((*context)->run().ok());
    EXPECT_EQ((*context)->outputs()[0].shape(), (Shape{static_cast<int64_t>(6 - zeros), 2}));
  }
}

TEST(Plan, TheSecondCompileComesFromTheCache) {
  std::string pattern = (fs::temp_directory_path() / "mindird-plan-XXXXXX").string();
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  const engines::EngineCache cache(pattern);
  const TestEngine engine("rest");
  CompileOptions options;
  options.engines = {&engine};
  options.cache = &cache;
  const auto compile_once = [&] {
    Graph g;
    const ValueId x = g.add_input("x", kType);
    g.set_outputs({*g.add(relu(), {x}, "r")});
    Report report;
    EXPECT_TRUE(compile(std::move(g), options, report).ok());
    return report["partitions"][0]["cache"]["result"].get<std::string>();
  };
  EXPECT_EQ(compile_once(), "miss");
  EXPECT_EQ(compile_once(), "hit");
  EXPECT_EQ(engine.builds, 1);
  EXPECT_EQ(engine.loads, 1);
  for (const auto& file : fs::directory_iterator(pattern)) fs::resize_file(file, 60);
  EXPECT_EQ(compile_once(), "invalid");
  EXPECT_EQ(compile_once(), "hit");
  fs::remove_all(pattern);
}

TEST(BatchAxis, ElementwiseGraphsHaveIndependentRows) {
  Graph g;
  const ValueId x = g.add_input("x", kType);
  const ValueId y = g.add_input("y", kType);
  g.set_outputs({*g.add(relu(), {*g.add(std::make_shared<ops::Binary>(), {x, y}, "add")}, "relu")});
  EXPECT_TRUE(prove_rows_independent(g).independent) << prove_rows_independent(g).why;
}

TEST(BatchAxis, AScalarInputOrARowMixerIsNamed) {
  Graph g;
  g.set_outputs({*g.add(std::make_shared<ops::NonZero>(), {g.add_input("x", kType)}, "Default/mixer")});
  const BatchProof proof = prove_rows_independent(g);
  EXPECT_FALSE(proof.independent);
  EXPECT_NE(proof.why.find("Default/mixer"), std::string::npos);
  Graph scalar;
  scalar.set_outputs({scalar.add_input("s", {DType::kF32, {}})});
  EXPECT_FALSE(prove_rows_independent(scalar).independent);
}

}  // namespace
}  // namespace mindird::plan
