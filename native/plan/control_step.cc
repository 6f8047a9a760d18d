#include "plan/control_step.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/run_limits.h"
#include "base/strings.h"
#include "ops/control/if.h"
#include "ops/control/loop.h"
#include "plan/holdings.h"

namespace mindird::plan {
namespace {

constexpr size_t kAlignment = 64;

size_t aligned(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

void copy(const Tensor& from, const Tensor& to) {
  if (from.bytes() > 0 && from.data != to.data) std::memcpy(to.data, from.data, from.bytes());
}

/// The node, and how its inputs and outputs are those of the step.
struct Borders {
  struct Input {
    size_t position = 0;   // among the step's inputs
    ConstantPtr constant;  // set: this instead
  };
  ir::OpPtr op;
  std::string origin;
  std::vector<Input> inputs;
  std::vector<size_t> outputs;  // for each of the step's, which of the node's
};

Borders borders_of(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  Borders out{node.op, node.origin, {}, {}};
  for (const ir::ValueId v : node.inputs) {
    const auto at = std::ranges::find(graph.inputs(), v) - graph.inputs().begin();
    out.inputs.push_back({static_cast<size_t>(at), graph.value(v).constant});
  }
  for (const ir::ValueId v : graph.outputs()) out.outputs.push_back(graph.value(v).producer_output);
  return out;
}

using Plans = std::vector<std::shared_ptr<const ExecutionPlan>>;

class ControlContext : public engines::Context {
 public:
  ControlContext(const Borders& borders, std::vector<std::unique_ptr<PlanContext>> bodies) : borders_(borders), bodies_(std::move(bodies)) {}

  std::vector<std::pair<std::string, int64_t>> step_times() const override {
    std::vector<std::pair<std::string, int64_t>> out;
    for (const auto& body : bodies_) {
      for (auto& entry : body->profile()) out.push_back(std::move(entry));
    }
    return out;
  }
  void set_profiling(bool on) override {
    for (const auto& body : bodies_) body->set_profiling(on);
  }

 protected:
  Tensor input(const engines::RunArgs& args, size_t i) const {
    const Borders::Input& from = borders_.inputs[i];
    return from.constant ? from.constant->view() : args.inputs[from.position];
  }
  /// Results of the node become those of the step.
  Status deliver(const engines::RunArgs& args, std::span<const Tensor> results) const {
    for (size_t j = 0; j < borders_.outputs.size(); ++j) {
      const Tensor& result = results[borders_.outputs[j]];
      if (!(args.outputs[j].type == result.type)) {
        if (args.outputs[j].type.shape.known())
          return internal_error(str("output ", j, " is ", result.type.text(), ", the plan says ", args.outputs[j].type.text()));
        TRY(args.allocate(j, result.type));
      }
      copy(result, args.outputs[j]);
    }
    return {};
  }
  Status run_body(size_t body) const { return bodies_[body]->run().with(str("node \"", borders_.origin, "\" (", borders_.op->id(), ")")); }

  const Borders& borders_;
  std::vector<std::unique_ptr<PlanContext>> bodies_;
};

class IfContext final : public ControlContext {
 public:
  using ControlContext::ControlContext;

  Status run(const engines::RunArgs& args) override {
    const size_t body = input(args, 0).as<uint8_t>()[0] != 0 ? ops::If::kThen : ops::If::kElse;
    const std::span<Tensor> inputs = bodies_[body]->inputs();
    for (size_t i = 0; i < inputs.size(); ++i) copy(input(args, i + 1), inputs[i]);
    TRY(run_body(body));
    return deliver(args, bodies_[body]->outputs());
  }
};

class LoopContext final : public ControlContext {
 public:
  LoopContext(const Borders& borders, std::vector<std::unique_ptr<PlanContext>> bodies, std::span<std::byte> staging)
      : ControlContext(borders, std::move(bodies)), state_(static_cast<const ops::Loop&>(*borders.op).state_size()), staging_(staging) {}

  Status run(const engines::RunArgs& args) override {
    std::optional<RunScope> own;
    if (!RunScope::active()) own.emplace(RunLimits{});
    const std::span<Tensor> inputs = bodies_[0]->inputs();
    for (size_t i = 0; i < inputs.size(); ++i) copy(input(args, i), inputs[i]);
    while (true) {
      TRY(count_loop_step().with(str("node \"", borders_.origin, "\" (", borders_.op->id(), ")")));
      TRY(run_body(0));
      const std::span<const Tensor> outputs = bodies_[0]->outputs();
      if (outputs[0].as<uint8_t>()[0] == 0) return deliver(args, outputs.subspan(state_ + 1));
      next_state(inputs, outputs.subspan(1, state_));
    }
  }

 private:
  /// A round may hand on what it was given in another place, so nothing is overwritten before all is read.
  void next_state(std::span<const Tensor> inputs, std::span<const Tensor> next) const {
    const std::span<const Tensor> state = inputs.first(state_);
    const auto moved = [&](size_t i) {
      return next[i].data != state[i].data && std::ranges::any_of(state, [&](const Tensor& input) { return input.data == next[i].data; });
    };
    size_t at = 0;
    for (size_t i = 0; i < state_; ++i) {
      if (!moved(i)) continue;
      std::memcpy(staging_.data() + at, next[i].data, next[i].bytes());
      at += next[i].bytes();
    }
    at = 0;
    for (size_t i = 0; i < state_; ++i) {
      if (moved(i)) {
        std::memcpy(state[i].data, staging_.data() + at, state[i].bytes());
        at += state[i].bytes();
      } else {
        copy(next[i], state[i]);
      }
    }
  }

  size_t state_;
  std::span<std::byte> staging_;
};

class ControlExecutable final : public engines::Executable, public engines::Holds {
 public:
  ControlExecutable(Borders borders, Plans bodies) : borders_(std::move(borders)), bodies_(std::move(bodies)) {
    for (const auto& body : bodies_) shared_ = std::max(shared_, aligned(body->arena_bytes()) + aligned(body->workspace_bytes()));
    const auto* loop = ir::op_cast<ops::Loop>(*borders_.op);
    for (size_t i = 0; loop && i < loop->state_size(); ++i) staging_ += bodies_[0]->slots()[bodies_[0]->inputs()[i]].type.bytes();
  }

  /// The graphs of an If never run at once, so they share their memory.
  size_t workspace_bytes() const override { return shared_ + staging_; }
  int host_threads() const override {
    int most = 1;
    for (const auto& body : bodies_) most = std::max(most, body->host_threads());
    return most;
  }
  Result<std::unique_ptr<engines::Context>> context(std::span<std::byte> workspace) const override {
    std::vector<std::unique_ptr<PlanContext>> contexts;
    for (const auto& body : bodies_) {
      const size_t arena = aligned(body->arena_bytes());
      TRY_ASSIGN(auto context, body->context(workspace.first(arena), workspace.subspan(arena, aligned(body->workspace_bytes()))));
      contexts.push_back(std::move(context));
    }
    if (borders_.op->id() == ops::If::kId) return std::unique_ptr<engines::Context>(std::make_unique<IfContext>(borders_, std::move(contexts)));
    return std::unique_ptr<engines::Context>(std::make_unique<LoopContext>(borders_, std::move(contexts), workspace.subspan(shared_, staging_)));
  }
  Result<std::vector<std::byte>> serialize() const override { return unsupported("control flow has nothing worth caching beside its graphs"); }
  std::vector<std::string> steps() const override {
    std::vector<std::string> out = {str(borders_.op->id(), "  # ", borders_.origin)};
    for (size_t b = 0; b < bodies_.size(); ++b) {
      for (const PlanStep& step : bodies_[b]->steps()) {
        for (const std::string& line : step.executable->steps()) out.push_back(str("  ", borders_.op->bodies()[b]->name, ": ", line));
      }
    }
    return out;
  }
  size_t constant_bytes() const override { return sum(&ExecutionPlan::constant_bytes); }
  void hold(engines::Holdings& holdings) const override {
    for (const auto& body : bodies_) plan::hold(*body, holdings);
  }
  size_t device_bytes() const override { return sum(&ExecutionPlan::device_bytes); }
  size_t device_bytes_per_context() const override { return sum(&ExecutionPlan::device_bytes_per_context); }
  std::vector<std::string> evaluated_nodes() const override {
    std::vector<std::string> out;
    for (const auto& body : bodies_) {
      for (const PlanStep& step : body->steps()) {
        for (std::string& node : step.executable->evaluated_nodes()) out.push_back(std::move(node));
      }
    }
    return out;
  }

 private:
  size_t sum(size_t (ExecutionPlan::*what)() const) const {
    size_t total = 0;
    for (const auto& body : bodies_) total += ((*body).*what)();
    return total;
  }

  Borders borders_;
  Plans bodies_;
  size_t shared_ = 0;
  size_t staging_ = 0;
};

}  // namespace

ir::NodeId control_node(const ir::Graph& graph) {
  if (graph.living_nodes() != 1) return ir::kNone;
  const ir::NodeId id = graph.topological_order()[0];
  const auto bodies = graph.node(id).op->bodies();
  const auto known = [](const ir::GraphPtr& body) { return std::ranges::all_of(body->inputs(), [&](ir::ValueId v) { return body->type(v).shape.known(); }); };
  return !bodies.empty() && std::ranges::all_of(bodies, known) ? id : ir::kNone;
}

Result<std::shared_ptr<const engines::Executable>> compile_control(const ir::Graph& graph, const CompileOptions& options, Report& report) {
  const ir::NodeId id = control_node(graph);
  const ir::Node& node = graph.node(id);
  CompileOptions inside = options;
  // The step copies what it is given.
  inside.narrow_borders = false;
  inside.narrowable = nullptr;
  inside.build.progress = {};
  inside.progress = {};
  inside.contracted = nullptr;
  inside.symbolic = nullptr;
  inside.rows = 0;
  inside.from_plan_file = false;
  // What a round is given stays where it is for the next one.
  inside.keep_inputs = node.op->id() == ops::Loop::kId;
  Plans bodies;
  // The step itself moves tensors as they are; each graph's report has its own precision and cache results.
  report["precision"] = Report::object();
  report["cache"] = {{"result", "disabled"}, {"reason", "control flow: its graphs have entries of their own"}};
  report["graphs"] = Report::array();
  for (const ir::GraphPtr& body : node.op->bodies()) {
    Report own = {{"name", body->name}};
    TRY_ASSIGN(bodies.emplace_back(), compile(body->clone(), inside, own).with(str("node \"", node.origin, "\" (", node.op->id(), ", ", body->name, ")")));
    report["graphs"].push_back(std::move(own));
  }
  return std::shared_ptr<const engines::Executable>(std::make_shared<const ControlExecutable>(borders_of(graph, id), std::move(bodies)));
}

}  // namespace mindird::plan
