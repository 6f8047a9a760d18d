#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "base/strings.h"
#include "engines/registry.h"
#include "ops/elementwise/binary.h"
#include "ops/movement/identity.h"
#include "ops/indexing/non_zero.h"
#include "ops/elementwise/unary.h"
#include "plan/batch_axis.h"
#include "plan/compile.h"
#include "test/plan_engines.h"
#include "test/temporary_folder.h"

namespace mindird::plan {
namespace {

namespace fs = std::filesystem;
using ir::Graph;
using ir::ValueId;
using test::TestEngine;

const TensorType kType{DType::kF32, {2, 3}};

std::shared_ptr<ops::Unary> relu() {
  auto op = std::make_shared<ops::Unary>();
  op->kind = ops::UnaryKind::kRelu;
  return op;
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
    const auto got = test::run_plan(**plan, inputs);
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

TEST(Plan, ANodeThatAnEngineFailsOnGoesToTheNextAlone) {
  TestEngine picky("picky");
  picky.fails_at = "Default/relu";
  const TestEngine rest("rest");
  Graph g;
  const ValueId x = g.add_input("x", kType);
  const ValueId a = *g.add(std::make_shared<ops::Binary>(), {x, x}, "Default/add");
  const ValueId r = *g.add(relu(), {a}, "Default/relu");
  g.set_outputs({*g.add(std::make_shared<ops::Binary>(), {r, a}, "Default/last")});
  CompileOptions options;
  options.engines = {&picky, &rest};
  Report report;
  auto plan = compile(std::move(g), options, report);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  ASSERT_EQ(report["partitions"].size(), 3U);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(report["nodes"][i]["engine"], i == 1 ? "rest" : "picky");
  EXPECT_EQ(report["nodes"][1]["refused"][0]["why"], "builder: node \"Default/relu\" (Unary): no layer for it");
  EXPECT_FALSE(report["partitions"][0].contains("fallback"));
  const std::vector<std::vector<float>> inputs = {{1, -2, 3, -4, 5, -6}};
  EXPECT_EQ(test::run_plan(**plan, inputs)[0], (std::vector<float>{4, -4, 12, -8, 20, -12}));
}

TEST(Plan, NodesOfOneNameAreSentAwayTogether) {
  TestEngine picky("picky");
  picky.fails_at = "many";
  const TestEngine rest("rest");
  Graph g;
  const ValueId x = g.add_input("x", kType);
  // Nodes of one origin and operator go together, so one round is enough.
  ValueId last = x;
  for (int i = 0; i < 20; ++i) last = *g.add(std::make_shared<ops::Binary>(), {last, x}, "many");
  g.set_outputs({last});
  CompileOptions options;
  options.engines = {&picky, &rest};
  Report report;
  ASSERT_TRUE(compile(std::move(g), options, report).ok());
  EXPECT_EQ(report["partitions"].size(), 1U);
  EXPECT_EQ(report["partitions"][0]["engine"], "rest");
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
  const auto got = test::run_plan(**plan, inputs);
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
  const test::TemporaryFolder folder;
  const engines::EngineCache cache(folder.path());
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
  for (const auto& file : fs::directory_iterator(folder.path())) fs::resize_file(file, 60);
  EXPECT_EQ(compile_once(), "invalid");
  EXPECT_EQ(compile_once(), "hit");
}

TEST(Plan, ThreadsArePartOfTheKeyOfEnginesOfTheHostAlone) {
  for (const char* id : {"rest", "tensorrt"}) {
    const test::TemporaryFolder folder;
    const engines::EngineCache cache(folder.path());
    const TestEngine engine(id);
    CompileOptions options;
    options.engines = {&engine};
    options.cache = &cache;
    const auto compile_with = [&](int threads) {
      options.build.threads = threads;
      Graph g;
      g.set_outputs({*g.add(relu(), {g.add_input("x", kType)}, "r")});
      Report report;
      EXPECT_TRUE(compile(std::move(g), options, report).ok());
      return report["partitions"][0]["cache"];
    };
    EXPECT_EQ(compile_with(1)["result"], "miss");
    const Report other = compile_with(2);
    const bool of_the_host = engine.id() == "rest";
    EXPECT_EQ(other["result"], of_the_host ? "miss" : "hit");
    EXPECT_EQ(other["reason"], of_the_host ? "an engine made with threads 1 is there; here threads 2" : "");
    EXPECT_EQ(engine.builds, of_the_host ? 2 : 1);
  }
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
