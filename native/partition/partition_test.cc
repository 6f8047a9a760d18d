#include "partition/partition.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/strings.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"

namespace mindird::partition {
namespace {

using ir::Graph;
using ir::NodeId;
using ir::ValueId;

ir::OpPtr relu() {
  auto op = std::make_shared<ops::Unary>();
  op->kind = ops::UnaryKind::kRelu;
  return op;
}

ir::OpPtr add() { return std::make_shared<ops::Binary>(); }

/// An engine that takes the nodes whose origin is in its set.
class Picky final : public engines::Engine {
 public:
  Picky(std::string id, std::set<std::string> takes, bool all = false) : id_(std::move(id)), takes_(std::move(takes)), all_(all) {}
  std::string_view id() const override { return id_; }
  std::string fingerprint() const override { return id_; }
  std::string version() const override { return "1"; }
  engines::Verdict supports(const Graph& g, NodeId n) const override {
    return all_ || takes_.contains(g.node(n).origin) ? engines::Verdict::accept() : engines::Verdict::refuse("not marked");
  }
  Result<std::unique_ptr<engines::Executable>> build(Graph, const engines::BuildOptions&) const override { return unsupported("test engine"); }
  Result<std::unique_ptr<engines::Executable>> load(Graph, std::span<const std::byte>, const engines::BuildOptions&) const override {
    return unsupported("test engine");
  }

 private:
  std::string id_;
  std::set<std::string> takes_;
  bool all_;
};

const TensorType kType{DType::kF32, {2, 3}};

TEST(Partition, MarkedNodesInARowAreOneSubgraph) {
  Graph g;
  ValueId v = g.add_input("x", kType);
  for (const char* name : {"conv", "batch_norm", "relu"}) v = *g.add(relu(), {v}, name);
  g.set_outputs({v});
  const Picky trt("trt", {"conv", "batch_norm", "relu"});
  const Picky cpu("cpu", {}, true);
  const engines::Engine* engines[] = {&trt, &cpu};
  auto assignment = assign(g, engines);
  ASSERT_TRUE(assignment.ok());
  const auto partitions = make_waves(g, assignment->engine_of);
  ASSERT_EQ(partitions.size(), 1U);
  EXPECT_EQ(partitions[0].nodes.size(), 3U);
  EXPECT_EQ(partitions[0].engine, 0U);
}

TEST(Partition, AnUnmarkedNodeBetweenKeepsTwoSubgraphsApart) {
  // A → B → C and A → C with A and C marked: joining A and C would make a cycle through B.
  Graph g;
  const ValueId x = g.add_input("x", kType);
  const ValueId a = *g.add(relu(), {x}, "A");
  const ValueId b = *g.add(relu(), {a}, "B");
  const ValueId c = *g.add(add(), {b, a}, "C");
  g.set_outputs({c});
  const Picky trt("trt", {"A", "C"});
  const Picky cpu("cpu", {}, true);
  const engines::Engine* engines[] = {&trt, &cpu};
  auto assignment = assign(g, engines);
  ASSERT_TRUE(assignment.ok());
  ASSERT_EQ(assignment->decisions[1].refusals.size(), 1U);
  EXPECT_EQ(assignment->decisions[1].refusals[0].why, "not marked");
  const auto partitions = make_waves(g, assignment->engine_of);
  ASSERT_EQ(partitions.size(), 3U);
  EXPECT_EQ(std::count_if(partitions.begin(), partitions.end(), [](const Partition& p) { return p.engine == 0; }), 2);
}

TEST(Partition, ASubgraphNotWorthItsBordersGoesToTheLastEngine) {
  Graph g;
  const ValueId x = g.add_input("x", kType);
  g.set_outputs({*g.add(relu(), {x}, "A")});
  const Picky trt("trt", {"A"});
  const Picky cpu("cpu", {}, true);
  const engines::Engine* engines[] = {&trt, &cpu};
  EXPECT_EQ(assign(g, engines, {.work_per_border_byte = 0.01})->decisions[0].engine, 0U);
  auto moved = assign(g, engines, {.work_per_border_byte = 100});
  EXPECT_EQ(moved->decisions[0].engine, 1U);
  EXPECT_NE(moved->decisions[0].refusals.back().why.find("not worth it"), std::string::npos);
}

TEST(Partition, ANodeNoEngineTakesIsNamed) {
  Graph g;
  g.set_outputs({*g.add(relu(), {g.add_input("x", kType)}, "Default/relu")});
  const Picky trt("trt", {});
  const engines::Engine* engines[] = {&trt};
  auto assignment = assign(g, engines);
  ASSERT_FALSE(assignment.ok());
  EXPECT_EQ(assignment.status().code(), Code::kUnsupported);
  EXPECT_NE(assignment.status().message().find("Default/relu"), std::string::npos);
}

Graph random_graph(std::mt19937& random, size_t nodes) {
  Graph g;
  std::vector<ValueId> values = {g.add_input("x", kType), g.add_input("y", kType)};
  for (size_t i = 0; i < nodes; ++i) {
    const ValueId a = values[random() % values.size()];
    // Mostly recent values, so that chains and diamonds both occur.
    const ValueId b = values[values.size() - 1 - random() % std::min<size_t>(values.size(), 4)];
    values.push_back(random() % 3 == 0 ? *g.add(relu(), {b}, str("n", i)) : *g.add(add(), {a, b}, str("n", i)));
  }
  g.set_outputs({values.back(), values[values.size() / 2]});
  return g;
}

/// Invariant I3: every node once, one engine each, edges between partitions only forward.
void check_partitions(const Graph& g, std::span<const uint32_t> engine_of, const std::vector<Partition>& partitions) {
  std::map<NodeId, size_t> where;
  for (size_t p = 0; p < partitions.size(); ++p) {
    std::set<NodeId> done;
    for (NodeId n : partitions[p].nodes) {
      ASSERT_TRUE(where.emplace(n, p).second);
      ASSERT_EQ(engine_of[n], partitions[p].engine);
      for (ValueId v : g.node(n).inputs) {
        const NodeId producer = g.value(v).producer;
        if (producer == ir::kNone) continue;
        ASSERT_TRUE(where.contains(producer));
        ASSERT_LE(where[producer], p);
      }
    }
  }
  ASSERT_EQ(where.size(), g.living_nodes());
}

TEST(Partition, NoCycleAndNoLossOnRandomGraphs) {
  std::mt19937 random(42);
  for (int round = 0; round < 20'000; ++round) {
    const Graph g = random_graph(random, 2 + random() % 30);
    const auto engines = static_cast<uint32_t>(2 + random() % 2);
    std::vector<uint32_t> engine_of(g.node_count());
    for (uint32_t& e : engine_of) e = static_cast<uint32_t>(random() % engines);
    const auto partitions = make_waves(g, engine_of);
    check_partitions(g, engine_of, partitions);
    if (HasFatalFailure()) FAIL() << "round " << round;
  }
}

TEST(Partition, SubgraphsComputeWhatTheWholeGraphComputes) {
  std::mt19937 random(43);
  for (int round = 0; round < 200; ++round) {
    const Graph g = random_graph(random, 2 + random() % 20);
    std::vector<uint32_t> engine_of(g.node_count());
    for (uint32_t& e : engine_of) e = static_cast<uint32_t>(random() % 2);
    auto subgraphs = extract(g, make_waves(g, engine_of));
    ASSERT_TRUE(subgraphs.ok());

    std::vector<float> data(6);
    for (float& f : data) f = static_cast<float>(random() % 7) - 3;
    const Tensor input{kType, reinterpret_cast<std::byte*>(data.data())};
    const Tensor inputs[] = {input, input};
    auto expected = ir::evaluate(g, inputs);
    ASSERT_TRUE(expected.ok());

    std::map<ValueId, ir::OwnedTensor> values;
    for (ValueId v : g.inputs()) values[v].tensor = input;
    for (const Subgraph& s : *subgraphs) {
      ASSERT_TRUE(s.graph.verify().ok()) << s.graph.verify().message();
      std::vector<Tensor> own;
      for (ValueId v : s.inputs) own.push_back(values.at(v).tensor);
      auto results = ir::evaluate(s.graph, own);
      ASSERT_TRUE(results.ok());
      for (size_t i = 0; i < s.outputs.size(); ++i) values[s.outputs[i]] = (*results)[i];
    }
    for (size_t i = 0; i < g.outputs().size(); ++i) {
      const auto want = (*expected)[i].tensor.as<float>();
      const auto got = values.at(g.outputs()[i]).tensor.as<float>();
      ASSERT_TRUE(std::equal(want.begin(), want.end(), got.begin())) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace mindird::partition
