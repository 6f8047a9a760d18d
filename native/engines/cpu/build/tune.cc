#include "engines/cpu/build/tune.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "base/strings.h"
#include "engines/cpu/build/make_schedule.h"

namespace mindird::engines::cpu {
namespace {

constexpr int64_t kEnoughNanoseconds = 40'000'000;
constexpr int kMostRuns = 7;

std::string choice_key(const NodeBuilder& b, const std::vector<std::string>& candidates) {
  std::string key = str(b.node().op->id(), " ", ir::print_attributes(*b.node().op), " T", b.threads());
  for (size_t i = 0; i < b.inputs(); ++i) key += str(" ", b.in_type(i).text());
  // A node that has to stay f32 does not share the choice of one that has not.
  if (std::find(candidates.begin(), candidates.end(), "bf16") != candidates.end()) key += " or bf16";
  return key;
}

/// A graph of the node alone; its varying inputs become graph inputs.
Result<ir::Graph> isolate(const NodeBuilder& b) {
  ir::Graph graph;
  std::vector<ir::ValueId> inputs;
  for (size_t i = 0; i < b.inputs(); ++i) {
    inputs.push_back(b.constant(i) ? graph.add_constant(b.constant(i)) : graph.add_input("x", b.in_type(i)));
  }
  TRY_ASSIGN(auto outputs, graph.add_node(b.node().op, std::move(inputs), b.node().origin));
  graph.set_outputs(std::move(outputs));
  return graph;
}

class Trial {
 public:
  Status prepare(const ir::Graph& graph) {
    std::mt19937 random(1);
    for (ir::ValueId v : graph.inputs()) {
      TRY_ASSIGN(Buffer buffer, Buffer::allocate(graph.type(v).bytes()));
      const Tensor t{graph.type(v), buffer.data()};
      for (float& f : t.as<float>()) f = std::uniform_real_distribution<float>(-1, 1)(random);
      inputs_.push_back(t);
      buffers_.push_back(std::move(buffer));
    }
    for (ir::ValueId v : graph.outputs()) {
      TRY_ASSIGN(Buffer buffer, Buffer::allocate(graph.type(v).bytes()));
      outputs_.push_back({graph.type(v), buffer.data()});
      buffers_.push_back(std::move(buffer));
    }
    return {};
  }

  /// The shortest time of the schedule's steps, without the copies at its borders.
  Result<int64_t> time(const std::shared_ptr<const Schedule>& schedule) {
    TRY_ASSIGN(Buffer workspace, Buffer::allocate(schedule->workspace_bytes));
    TRY_ASSIGN(const auto context, make_context(schedule, workspace.span()));
    context->set_profiling(true);
    int64_t best = INT64_MAX;
    int64_t spent = 0;
    for (int run = 0; run < 2 || (run < kMostRuns && spent < kEnoughNanoseconds); ++run) {
      TRY(context->run({.inputs = inputs_, .outputs = outputs_, .allocate = {}}));
      int64_t total = 0;
      for (const auto& [text, nanoseconds] : context->step_times()) {
        if (text.rfind("reorder to", 0) != 0 && text.rfind("copy to", 0) != 0) total += nanoseconds;
      }
      best = std::min(best, total);
      spent += total;
    }
    return best;
  }

 private:
  std::vector<Buffer> buffers_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
};

}  // namespace

Result<std::string> choose_kernel(NodeBuilder& b, const std::vector<std::string>& candidates) {
  const std::string key = choice_key(b, candidates);
  Record& record = b.record();
  if (const std::string* known = record.choice(key)) {
    if (std::find(candidates.begin(), candidates.end(), *known) == candidates.end()) {
      return Status(Code::kEngineFailed, str("cpu: the cached engine names an unknown kernel for ", key));
    }
    return *known;
  }
  TRY_ASSIGN(const ir::Graph graph, isolate(b));
  Trial trial;
  TRY(trial.prepare(graph));
  BuildOptions options;
  options.threads = b.threads();
  options.precision = b.options().precision;
  options.keep_fp32 = b.options().keep_fp32;
  std::string best;
  int64_t best_time = INT64_MAX;
  Status failure;
  for (const std::string& candidate : candidates) {
    Record alone;
    alone.choose(key, candidate);
    const auto schedule = make_schedule(graph.clone(), options, alone);
    if (!schedule.ok()) {
      failure = schedule.status();
      continue;
    }
    TRY_ASSIGN(const int64_t time, trial.time(*schedule));
    if (time >= best_time) continue;
    best_time = time;
    best = candidate;
  }
  if (best.empty()) return failure;
  record.choose(key, best);
  return best;
}

}  // namespace mindird::engines::cpu
