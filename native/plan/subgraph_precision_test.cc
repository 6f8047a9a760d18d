#include "plan/subgraph_precision.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "engines/registry.h"

namespace mindird::plan {
namespace {

using engines::Precision;
using engines::Verdict;

/// Keeps the graph it was given; refuses operators of f16 by id, and precisions.
class TypedEngine final : public engines::Engine {
 public:
  std::string refuses_half;  // id of an operator
  std::string refuses_types;
  std::string says;     // the precision its executables claim
  std::string weights;  // how they say that they store them
  bool fails = false;
  mutable ir::Graph built;
  mutable std::shared_ptr<const engines::BatchProfiles> profiles;

  std::string_view id() const override { return "typed"; }
  std::string fingerprint() const override { return "typed-1"; }
  std::string version() const override { return "1"; }
  Verdict supports(const ir::Graph& g, ir::NodeId n) const override {
    const ir::Node& node = g.node(n);
    const bool half = g.type(node.inputs[0]).dtype == DType::kF16 || g.type(node.outputs[0]).dtype == DType::kF16;
    return half && node.op->id() == refuses_half ? Verdict::refuse("not in f16") : Verdict::accept();
  }
  Verdict takes_types_of(Precision) const override { return refuses_types.empty() ? Verdict::accept() : Verdict::refuse(refuses_types); }
  Result<std::unique_ptr<engines::Executable>> build(ir::Graph g, const engines::BuildOptions& options) const override {
    if (fails) return Status{Code::kEngineFailed, "cannot"};
    built = g.clone();
    profiles = options.profiles;
    return std::unique_ptr<engines::Executable>(std::make_unique<TypedExecutable>(says, weights));
  }
  Result<std::unique_ptr<engines::Executable>> load(ir::Graph, std::span<const std::byte>, const engines::BuildOptions&) const override {
    return unsupported("nothing is kept");
  }

 private:
  class TypedExecutable final : public engines::Executable {
   public:
    TypedExecutable(std::string says, std::string weights) : says_(std::move(says)), weights_(std::move(weights)) {}
    size_t workspace_bytes() const override { return 0; }
    Result<std::unique_ptr<engines::Context>> context(std::span<std::byte>) const override { return unsupported("not run"); }
    Result<std::vector<std::byte>> serialize() const override { return unsupported("nothing worth it"); }
    std::vector<std::string> steps() const override { return {}; }
    size_t constant_bytes() const override { return 0; }
    std::vector<std::pair<std::string, std::string>> details() const override {
      std::vector<std::pair<std::string, std::string>> out;
      if (!says_.empty()) out.emplace_back("precision", says_);
      if (!weights_.empty()) out.emplace_back("weights", weights_);
      return out;
    }

   private:
    std::string says_;
    std::string weights_;
  };
};

constexpr std::string_view kNet = R"(graph net(x: f32[2,32], w: f32[32,32]) -> (y) {
  a = MatMul(x, w)  # net/first
  b = Unary(a) {kind=relu}  # net/relu
  c = Softmax(b) {axis=-1}  # net/softmax
  y = MatMul(c, w)  # net/second
}
)";

Report compiled(const TypedEngine& engine, const engines::BuildOptions& build) {
  CompileOptions options;
  options.engines = {&engine};
  options.build = build;
  Report report;
  auto graph = ir::parse(kNet);
  EXPECT_TRUE(graph.ok());
  const auto plan = compile(std::move(*graph), options, report);
  EXPECT_TRUE(plan.ok()) << plan.status().message();
  return report;
}

size_t casts(const ir::Graph& graph) {
  size_t out = 0;
  for (const ir::NodeId n : graph.topological_order()) out += graph.node(n).op->id() == "Cast" ? 1 : 0;
  return out;
}

engines::BuildOptions in(Precision precision, std::vector<std::string> keep = {}) {
  engines::BuildOptions out;
  out.precision = precision;
  out.keep_fp32 = std::move(keep);
  return out;
}

TEST(PlanPrecision, TheEngineGetsTheTypesAndTheReportTheReasons) {
  const TypedEngine engine;
  const Report report = compiled(engine, in(Precision::kFp16));
  EXPECT_EQ(engine.built.type(engine.built.inputs()[0]).dtype, DType::kF32);
  EXPECT_EQ(engine.built.type(engine.built.outputs()[0]).dtype, DType::kF32);
  EXPECT_EQ(casts(engine.built), 5U);  // of both inputs, around the softmax, of the output
  const Report& p = report["partitions"][0]["precision"];
  EXPECT_EQ(p["asked"], "fp16");
  EXPECT_EQ(p["used"], "fp16");
  EXPECT_EQ(p["nodes"], (Report{{"fp16", 3}, {"fp32", 1}}));
  ASSERT_EQ(p["kept"].size(), 1U);
  EXPECT_EQ(p["kept"][0]["node"], "net/softmax");
  EXPECT_EQ(report["precision"]["used"], (Report{{"typed", "fp16"}}));
}

TEST(PlanPrecision, OriginAndNativeAreLeftAlone) {
  const TypedEngine engine;
  Report report = compiled(engine, in(Precision::kOrigin));
  EXPECT_EQ(casts(engine.built), 0U);
  EXPECT_EQ(report["precision"]["used"]["typed"], "origin");
  engines::BuildOptions native = in(Precision::kBf16);
  native.optimize = false;
  report = compiled(engine, native);
  EXPECT_EQ(casts(engine.built), 0U);
  EXPECT_EQ(report["partitions"][0]["precision"]["why"], "nothing is optimised");
}

TEST(PlanPrecision, KeptNamesStayAndUnknownOnesAreTold) {
  const TypedEngine engine;
  const Report report = compiled(engine, in(Precision::kFp16, {"net/f*", "MatMul", "net/absent"}));
  EXPECT_EQ(casts(engine.built), 0U);
  EXPECT_EQ(report["precision"]["used"]["typed"], "fp32");
  EXPECT_EQ(report["precision"]["unmatched"], Report::array({"net/absent"}));
  EXPECT_EQ(report["precision"]["kept"][0]["why"], "kept by keep_fp32");
}

TEST(PlanPrecision, WhatTheEngineRefusesInTheLowerTypeStays) {
  TypedEngine engine;
  engine.refuses_half = "Unary";
  Report report = compiled(engine, in(Precision::kFp16));
  EXPECT_EQ(report["precision"]["used"]["typed"], "fp16");
  EXPECT_EQ(report["precision"]["kept"][0]["why"], "typed: not in f16");
  engine.refuses_half = "Cast";
  report = compiled(engine, in(Precision::kFp16));
  EXPECT_EQ(casts(engine.built), 0U);
  EXPECT_EQ(report["precision"]["used"]["typed"], "origin");
  EXPECT_EQ(report["precision"]["why"]["typed"], "cast behind \"x\": not in f16");
}

TEST(PlanPrecision, AnEngineMayChooseForItself) {
  TypedEngine engine;
  engine.refuses_types = "its kernels choose";
  engine.says = "bf16 in 1 of 2 products";
  const Report report = compiled(engine, in(Precision::kBf16));
  EXPECT_EQ(casts(engine.built), 0U);
  EXPECT_EQ(report["precision"]["used"]["typed"], "bf16 in 1 of 2 products");
  EXPECT_EQ(report["precision"]["why"]["typed"], "its kernels choose");
}

TEST(PlanPrecision, AFallbackStartsFromTheModelsTypes) {
  TypedEngine broken;
  broken.fails = true;
  TypedEngine rest;
  rest.refuses_types = "computes in fp32";
  CompileOptions options;
  options.engines = {&broken, &rest};
  options.build = in(Precision::kFp16);
  Report report;
  ASSERT_TRUE(compile(*ir::parse(kNet), options, report).ok());
  EXPECT_EQ(casts(rest.built), 0U);
}

TEST(PlanPrecision, TheSymbolicTwinIsRewrittenLikewise) {
  const TypedEngine engine;
  engines::BuildOptions build = in(Precision::kFp16);
  engines::BatchProfiles profiles;
  profiles.placeholder = 7;
  auto symbolic = ir::parse(str("graph net(x: f32[7,32], w: f32[32,32]) -> (y) {", kNet.substr(kNet.find('\n'))));
  ASSERT_TRUE(symbolic.ok());
  profiles.symbolic = std::make_shared<const ir::Graph>(std::move(*symbolic));
  build.profiles = std::make_shared<const engines::BatchProfiles>(profiles);
  compiled(engine, build);
  ASSERT_TRUE(engine.profiles && engine.profiles->symbolic);
  const ir::Graph& twin = *engine.profiles->symbolic;
  ASSERT_EQ(twin.node_count(), engine.built.node_count());
  for (ir::NodeId n = 0; n < twin.node_count(); ++n) {
    EXPECT_TRUE(ir::same_op(*twin.node(n).op, *engine.built.node(n).op)) << n;
    EXPECT_EQ(twin.type(twin.node(n).outputs[0]).dtype, engine.built.type(engine.built.node(n).outputs[0]).dtype);
  }
}

TEST(PlanPrecision, IsPartOfTheCacheKey) {
  EXPECT_EQ(precision_key(in(Precision::kOrigin, {"a"})), "");
  EXPECT_NE(precision_key(in(Precision::kFp16)), precision_key(in(Precision::kBf16)));
  EXPECT_NE(precision_key(in(Precision::kFp16)), precision_key(in(Precision::kFp16, {"a"})));
  engines::BuildOptions short_weights = in(Precision::kOrigin);
  short_weights.short_weights = true;
  EXPECT_NE(precision_key(short_weights), "");
  short_weights.precision = Precision::kFp16;
  EXPECT_NE(precision_key(short_weights), precision_key(in(Precision::kFp16)));
}

TEST(PlanPrecision, TheReportSaysHowWeightsAreStored) {
  TypedEngine engine;
  engines::BuildOptions build;
  EXPECT_EQ(compiled(engine, build)["weights"], (Report{{"asked", "full"}}));
  build.short_weights = true;
  EXPECT_EQ(compiled(engine, build)["weights"], (Report{{"asked", "16bit"}, {"used", {{"typed", "as in the model"}}}}));
  engine.weights = "16 bits in 1 of 2 products";
  EXPECT_EQ(compiled(engine, build)["weights"]["used"], (Report{{"typed", "16 bits in 1 of 2 products"}}));
}

}  // namespace
}  // namespace mindird::plan
