// Plans on an engine with memory of its own: what is copied between steps, and where the host's processors are claimed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>

#include "engines/registry.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "plan/compile.h"

namespace mindird::plan {
namespace {

using ir::Graph;
using ir::ValueId;

const TensorType kType{DType::kF32, {2, 3}};

struct Counters {
  int to_device = 0;
  int to_host = 0;
  bool on_host = false;  // inside a host section
  int sections = 0;
};
Counters counters;

/// Interprets in buffers of its own; refuses Unary. Reading host memory it was told to ignore would give the poison of
/// the arena.
class DeviceContext final : public engines::Context {
 public:
  explicit DeviceContext(const Graph& graph) : graph_(graph), taken_(graph.inputs().size()), kept_(graph.outputs().size()), results_(graph.outputs().size()) {}

  Status run(const engines::RunArgs& args) override {
    EXPECT_FALSE(counters.on_host);
    std::vector<Tensor> inputs;
    for (size_t i = 0; i < args.inputs.size(); ++i) {
      if (taken_[i].first) {
        inputs.push_back(taken_[i].first->results_[taken_[i].second].tensor);
      } else {
        ++counters.to_device;
        inputs.push_back(args.inputs[i]);
      }
    }
    TRY_ASSIGN(auto results, ir::evaluate(graph_, inputs));
    results_ = std::move(results);
    for (size_t i = 0; i < results_.size(); ++i) {
      if (kept_[i]) continue;
      ++counters.to_host;
      std::copy_n(results_[i].tensor.data, results_[i].tensor.bytes(), args.outputs[i].data);
    }
    return {};
  }
  engines::DeviceTimes device_times() const override { return {1, 2, 3, 4}; }
  Status take_input_from(size_t input, const engines::Context& producer, size_t output) override {
    taken_[input] = {dynamic_cast<const DeviceContext*>(&producer), output};
    EXPECT_NE(taken_[input].first, nullptr);
    return {};
  }
  void keep_on_device(size_t output) override { kept_[output] = true; }

 private:
  const Graph& graph_;
  std::vector<std::pair<const DeviceContext*, size_t>> taken_;
  std::vector<bool> kept_;
  std::vector<ir::OwnedTensor> results_;
};

class DeviceExecutable final : public engines::Executable {
 public:
  explicit DeviceExecutable(Graph graph) : graph_(std::move(graph)) {}
  size_t workspace_bytes() const override { return 0; }
  Result<std::unique_ptr<engines::Context>> context(std::span<std::byte>) const override {
    return std::unique_ptr<engines::Context>(std::make_unique<DeviceContext>(graph_));
  }
  Result<std::vector<std::byte>> serialize() const override { return unsupported("test engine"); }
  std::vector<std::string> steps() const override { return {}; }
  size_t constant_bytes() const override { return 0; }
  bool on_device() const override { return true; }
  size_t device_bytes() const override { return 1000; }
  size_t device_bytes_per_context() const override { return 10; }

 private:
  Graph graph_;
};

class DeviceEngine final : public engines::Engine {
 public:
  std::string_view id() const override { return "device"; }
  std::string fingerprint() const override { return "test"; }
  std::string version() const override { return "1"; }
  engines::Verdict supports(const Graph& g, ir::NodeId n) const override {
    return g.node(n).op->id() == "Unary" ? engines::Verdict::refuse("refused by the test") : engines::Verdict::accept();
  }
  Result<std::unique_ptr<engines::Executable>> build(Graph g, const engines::BuildOptions&) const override {
    return std::unique_ptr<engines::Executable>(std::make_unique<DeviceExecutable>(std::move(g)));
  }
  Result<std::unique_ptr<engines::Executable>> load(Graph, std::span<const std::byte>, const engines::BuildOptions&) const override {
    return unsupported("test engine");
  }
};

class Section final : public HostSection {
 public:
  void enter() override {
    EXPECT_FALSE(counters.on_host);
    counters.on_host = true;
    ++counters.sections;
  }
  void leave() override {
    EXPECT_TRUE(counters.on_host);
    counters.on_host = false;
  }
};

/// Interprets on the host and knows that it is inside the section.
class HostEngine final : public engines::Engine {
 public:
  std::string_view id() const override { return "host"; }
  std::string fingerprint() const override { return "test"; }
  std::string version() const override { return "1"; }
  engines::Verdict supports(const Graph&, ir::NodeId) const override { return engines::Verdict::accept(); }
  Result<std::unique_ptr<engines::Executable>> build(Graph g, const engines::BuildOptions&) const override {
    return std::unique_ptr<engines::Executable>(std::make_unique<HostExecutable>(std::move(g)));
  }
  Result<std::unique_ptr<engines::Executable>> load(Graph, std::span<const std::byte>, const engines::BuildOptions&) const override {
    return unsupported("test engine");
  }

 private:
  class HostContext final : public engines::Context {
   public:
    explicit HostContext(const Graph& graph) : graph_(graph) {}
    Status run(const engines::RunArgs& args) override {
      EXPECT_TRUE(counters.on_host);
      TRY_ASSIGN(auto results, ir::evaluate(graph_, args.inputs));
      for (size_t i = 0; i < results.size(); ++i) std::copy_n(results[i].tensor.data, results[i].tensor.bytes(), args.outputs[i].data);
      return {};
    }

   private:
    const Graph& graph_;
  };
  class HostExecutable final : public engines::Executable {
   public:
    explicit HostExecutable(Graph graph) : graph_(std::move(graph)) {}
    size_t workspace_bytes() const override { return 0; }
    Result<std::unique_ptr<engines::Context>> context(std::span<std::byte>) const override {
      return std::unique_ptr<engines::Context>(std::make_unique<HostContext>(graph_));
    }
    Result<std::vector<std::byte>> serialize() const override { return unsupported("test engine"); }
    std::vector<std::string> steps() const override { return {}; }
    size_t constant_bytes() const override { return 0; }

   private:
    Graph graph_;
  };
};

std::shared_ptr<ops::Unary> relu() {
  auto op = std::make_shared<ops::Unary>();
  op->kind = ops::UnaryKind::kRelu;
  return op;
}
ValueId add(Graph& g, ValueId a, ValueId b) { return *g.add(std::make_shared<ops::Binary>(), {a, b}, "add"); }

std::shared_ptr<const ExecutionPlan> compiled(Graph graph) {
  static const DeviceEngine device;
  static const HostEngine host;
  CompileOptions options;
  options.engines = {&device, &host};
  options.build.optimize = false;
  Report report;
  auto plan = compile(std::move(graph), options, report);
  EXPECT_TRUE(plan.ok()) << plan.status().message();
  return *plan;
}

/// Runs in poisoned memory and returns the outputs' floats; the counters are of this run.
std::vector<std::vector<float>> run(const ExecutionPlan& plan, std::span<const std::vector<float>> inputs, engines::DeviceTimes* times = nullptr) {
  auto arena = Buffer::allocate(plan.arena_bytes());
  std::fill_n(arena->data(), arena->size(), std::byte{0xff});
  auto context = plan.context(arena->span(), {});
  EXPECT_TRUE(context.ok());
  for (size_t i = 0; i < inputs.size(); ++i) std::copy(inputs[i].begin(), inputs[i].end(), (*context)->inputs()[i].as<float>().begin());
  counters = {};
  Section section;
  const Status status = (*context)->run(&section);
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_FALSE(counters.on_host);
  if (times) *times = (*context)->device_times();
  std::vector<std::vector<float>> out;
  for (const Tensor& t : (*context)->outputs()) out.emplace_back(t.as<float>().begin(), t.as<float>().end());
  return out;
}

TEST(DeviceSteps, WhatOnlyTheDeviceReadsStaysThereAndWhatBothReadIsCopiedOnce) {
  // device: a = x + x, b = a + x │ host: r = relu(a) │ device: c = r + a, d = c + b. a is read by both, b by the device
  // alone, x is an input.
  Graph g;
  const ValueId x = g.add_input("x", kType);
  const ValueId a = add(g, x, x);
  const ValueId b = add(g, a, x);
  const ValueId r = *g.add(relu(), {a}, "relu");
  const ValueId c = add(g, r, a);
  g.set_outputs({add(g, c, b)});
  const auto plan = compiled(g);
  ASSERT_EQ(plan->steps().size(), 3U);
  EXPECT_TRUE(plan->on_device());
  EXPECT_TRUE(plan->on_host());
  EXPECT_EQ(plan->device_bytes(), 2000U);
  EXPECT_EQ(plan->device_bytes_per_context(), 20U);

  const std::vector<std::vector<float>> inputs = {{1, -2, 3, -4, 5, -6}};
  engines::DeviceTimes times;
  const auto out = run(*plan, inputs, &times);
  for (size_t i = 0; i < 6; ++i) {
    const float v = inputs[0][i];
    EXPECT_EQ(out[0][i], std::max(2 * v, 0.F) + 2 * v + 3 * v);
  }
  EXPECT_EQ(counters.to_device, 2);  // x, r
  EXPECT_EQ(counters.to_host, 2);    // a once though two steps read it, and the result
  EXPECT_EQ(counters.sections, 1);
  EXPECT_EQ(times.compute, 6);
  EXPECT_EQ(times.dispatch, 2);
}

TEST(DeviceSteps, AnOutputOfTheModelIsCopiedThoughTheDeviceReadsItToo) {
  Graph g;
  const ValueId x = g.add_input("x", kType);
  const ValueId a = add(g, x, x);
  const ValueId r = *g.add(relu(), {x}, "relu");
  g.set_outputs({a, add(g, r, a)});
  const auto plan = compiled(g);
  const std::vector<std::vector<float>> inputs = {{1, -2, 3, -4, 5, -6}};
  const auto out = run(*plan, inputs);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(out[0][i], 2 * inputs[0][i]);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(out[1][i], std::max(inputs[0][i], 0.F) + 2 * inputs[0][i]);
  EXPECT_EQ(counters.to_host, 2);
}

TEST(DeviceSteps, RandomGraphsComputeWhatTheGraphComputes) {
  std::mt19937 random(5);
  int kept = 0;
  for (int round = 0; round < 200; ++round) {
    Graph g;
    std::vector<ValueId> values = {g.add_input("x", kType), g.add_input("y", kType)};
    for (size_t i = 0; i < 3 + random() % 25; ++i) {
      const ValueId a = values[random() % values.size()];
      const ValueId b = values[values.size() - 1 - random() % std::min<size_t>(values.size(), 4)];
      values.push_back(random() % 3 == 0 ? *g.add(relu(), {b}, "relu") : add(g, a, b));
    }
    g.set_outputs({values.back(), values[random() % values.size()]});
    std::vector<std::vector<float>> inputs(2, std::vector<float>(6));
    for (auto& input : inputs) {
      for (float& v : input) v = static_cast<float>(random() % 9) - 4;
    }
    std::vector<Tensor> tensors;
    for (auto& input : inputs) tensors.push_back({kType, reinterpret_cast<std::byte*>(input.data())});
    const auto want = ir::evaluate(g, tensors);
    ASSERT_TRUE(want.ok());
    const auto plan = compiled(std::move(g));
    const auto out = run(*plan, inputs);
    for (size_t o = 0; o < out.size(); ++o) EXPECT_EQ(std::memcmp(out[o].data(), (*want)[o].tensor.data, 24), 0) << "round " << round << " output " << o;
    int borders = 0;
    for (const PlanStep& step : plan->steps()) borders += step.executable->on_device() ? static_cast<int>(step.outputs.size()) : 0;
    kept += borders - counters.to_host;
  }
  EXPECT_GT(kept, 0);
}

}  // namespace
}  // namespace mindird::plan
