#include "plan/decompose_refused.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "ops/normalization/layer_norm.h"
#include "ops/elementwise/unary.h"
#include "plan/prepared.h"

namespace mindird::plan {
namespace {

/// Refuses operators by id; never builds.
class Picky final : public engines::Engine {
 public:
  Picky(std::string id, std::set<std::string, std::less<>> refuses) : id_(std::move(id)), refuses_(std::move(refuses)) {}
  std::string_view id() const override { return id_; }
  std::string fingerprint() const override { return {}; }
  std::string version() const override { return {}; }
  engines::Verdict supports(const ir::Graph& g, ir::NodeId n) const override {
    return refuses_.contains(g.node(n).op->id()) ? engines::Verdict::refuse("not this one") : engines::Verdict::accept();
  }
  Result<std::unique_ptr<engines::Executable>> build(ir::Graph, const engines::BuildOptions&) const override { return internal_error("not built"); }
  Result<std::unique_ptr<engines::Executable>> load(ir::Graph, std::span<const std::byte>, const engines::BuildOptions&) const override {
    return internal_error("not loaded");
  }

 private:
  std::string id_;
  std::set<std::string, std::less<>> refuses_;
};

const TensorType kType{DType::kF32, {4, 6}};

ir::ValueId ones(ir::Graph& g) {
  const std::vector<float> values(6, 1.5F);
  return g.add_constant(*make_constant({DType::kF32, {6}}, {reinterpret_cast<const std::byte*>(values.data()), 24}));
}

/// relu(layer_norm(x))
ir::Graph normal() {
  ir::Graph g;
  const ir::ValueId x = g.add_input("x", kType);
  auto op = std::make_shared<ops::LayerNorm>();
  op->begin_axis = 1;
  op->epsilon = 1e-5;
  const ir::ValueId y = *g.add(op, {x, ones(g), ones(g)}, "norm");
  g.set_outputs({*g.add(std::make_shared<ops::Unary>(), {y}, "relu")});
  return g;
}

std::set<std::string, std::less<>> operators(const ir::Graph& g) {
  std::set<std::string, std::less<>> out;
  for (ir::NodeId n : g.topological_order()) out.emplace(g.node(n).op->id());
  return out;
}

std::vector<float> evaluate(const ir::Graph& g) {
  std::vector<float> x(24);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * i % 17);
  const std::vector<Tensor> inputs = {{kType, reinterpret_cast<std::byte*>(x.data())}};
  auto results = ir::evaluate(g, inputs);
  EXPECT_TRUE(results.ok());
  const auto y = (*results)[0].tensor.as<float>();
  return {y.begin(), y.end()};
}

TEST(DecomposeRefused, PartsStandInForAnOperatorTheEngineRefuses) {
  const Picky picky("picky", {"LayerNorm"});
  const Picky rest("rest", {});
  ir::Graph g = normal();
  const std::vector<float> before = evaluate(g);
  Report report;
  ASSERT_TRUE(decompose_refused(g, std::vector<const engines::Engine*>{&picky, &rest}, report).ok());
  EXPECT_EQ(report, Report::array({{{"node", "norm"}, {"op", "LayerNorm"}, {"engine", "picky"}, {"why", "not this one"}}}));
  EXPECT_FALSE(operators(g).contains("LayerNorm"));
  ASSERT_TRUE(g.verify().ok());
  const std::vector<float> after = evaluate(g);
  for (size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(after[i], before[i], 1e-5) << i;
}

TEST(DecomposeRefused, AnOperatorStaysWholeWhenAPartIsRefusedToo) {
  const Picky picky("picky", {"LayerNorm", "Reduce"});
  const Picky rest("rest", {});
  ir::Graph g = normal();
  Report report;
  ASSERT_TRUE(decompose_refused(g, std::vector<const engines::Engine*>{&picky, &rest}, report).ok());
  EXPECT_TRUE(report.empty());
  EXPECT_TRUE(operators(g).contains("LayerNorm"));
}

TEST(DecomposeRefused, TheLastEngineIsNotAsked) {
  const Picky picky("picky", {"LayerNorm"});
  ir::Graph g = normal();
  Report report;
  ASSERT_TRUE(decompose_refused(g, std::vector<const engines::Engine*>{&picky}, report).ok());
  EXPECT_TRUE(operators(g).contains("LayerNorm"));
}

TEST(DecomposeRefused, OneSubgraphOnThePreferredEngine) {
  const Picky picky("picky", {"LayerNorm"});
  const Picky rest("rest", {});
  CompileOptions options;
  options.engines = {&picky, &rest};
  Report report;
  auto prepared = prepare(normal(), options, report);
  ASSERT_TRUE(prepared.ok()) << prepared.status().message();
  EXPECT_EQ(prepared->subgraphs.size(), 1U);
  EXPECT_EQ(prepared->subgraphs[0].engine, 0U);
  EXPECT_EQ(report["decomposed"].size(), 1U);
}

}  // namespace
}  // namespace mindird::plan
