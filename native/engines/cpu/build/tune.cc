#include "engines/cpu/build/tune.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "base/instructions.h"
#include "base/strings.h"
#include "engines/cpu/build/make_schedule.h"
#include "engines/processors.h"

namespace mindird::engines::cpu {
namespace {

/// How long the candidates are run, each; and how often.
constexpr int64_t kEnoughNanoseconds = 40'000'000;
constexpr int kLeastRounds = 2;
constexpr int kMostRounds = 7;

/// Whether the image lies in the network as it does in a trial, plain, so that a candidate that wants it otherwise costs a copy there too.
bool copies_input(const NodeBuilder& b) { return b.in_layout(0).dims.rank() > 2 && b.in_layout(0).is_plain() && !b.in_layout(0).is_channels_last(); }

std::string choice_key(const NodeBuilder& b, const std::vector<std::string>& candidates) {
  std::string key = str(b.node().op->id(), " ", ir::print_attributes(*b.node().op), " T", b.threads());
  for (size_t i = 0; i < b.inputs(); ++i) key += str(" ", b.in_type(i).text());
  for (const PostOp& post : b.group().post) {
    const ir::Op& op = *b.graph().node(post.node).op;
    key += str(" + ", op.id(), " ", ir::print_attributes(op));
    if (post.operand != ir::kNone) key += str(" ", b.graph().type(post.operand).text());
  }
  if (copies_input(b)) key += " from plain";
  // Of equal nodes one may have fewer: what it absorbed, or that it has to stay f32, rules kernels out.
  key += " by";
  for (const std::string& candidate : candidates) key += str(" ", candidate);
  return key;
}

/// A graph of the node and what it absorbed; varying values from outside become graph inputs.
class Isolated {
 public:
  explicit Isolated(const NodeBuilder& b) : from_(b.graph()) {}

  Result<ir::Graph> run(const Group& group) {
    TRY(take(group.anchor));
    for (const PostOp& post : group.post) TRY(take(post.node));
    std::vector<ir::ValueId> outputs;
    for (const ir::ValueId v : from_.node(group.last()).outputs) outputs.push_back(values_.at(v));
    graph_.set_outputs(std::move(outputs));
    return std::move(graph_);
  }

 private:
  Status take(ir::NodeId id) {
    const ir::Node& node = from_.node(id);
    std::vector<ir::ValueId> inputs;
    for (const ir::ValueId v : node.inputs) {
      const auto [it, fresh] = values_.try_emplace(v, ir::kNone);
      const ConstantPtr& constant = from_.value(v).constant;
      if (fresh) it->second = constant ? graph_.add_constant(constant) : graph_.add_input(str("x", values_.size()), from_.type(v));
      inputs.push_back(it->second);
    }
    TRY_ASSIGN(const auto outputs, graph_.add_node(node.op, std::move(inputs), node.origin));
    for (size_t i = 0; i < outputs.size(); ++i) values_[node.outputs[i]] = outputs[i];
    return {};
  }

  const ir::Graph& from_;
  ir::Graph graph_;
  std::map<ir::ValueId, ir::ValueId> values_;
};

/// In a network other steps come between two runs of one, and push its weights out of the near caches.
void evict_constants(const Schedule& schedule) {
  constexpr size_t kLine = 64;
  for (const Area& area : schedule.areas) {
    if (area.kind != AreaKind::kConstant) continue;
    for (size_t at = 0; at < area.bytes; at += kLine) evict_line(area.constant + at);
  }
  memory_fence();
}

struct Candidate {
  std::string name;
  std::shared_ptr<const Schedule> schedule;
  Buffer workspace;
  std::unique_ptr<Context> context;
  int64_t best = INT64_MAX;  // nanoseconds
};

class Trial {
 public:
  /// `copies_input`: copies of inputs count.
  explicit Trial(bool copies_input) : copies_input_(copies_input) {}

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

  Status add(std::string name, std::shared_ptr<const Schedule> schedule) {
    Candidate candidate{std::move(name), std::move(schedule), {}, nullptr};
    TRY_ASSIGN(candidate.workspace, Buffer::allocate(candidate.schedule->workspace_bytes));
    TRY_ASSIGN(candidate.context, make_context(candidate.schedule, candidate.workspace.span()));
    candidate.context->set_profiling(true);
    candidates_.push_back(std::move(candidate));
    return {};
  }

  /// Runs the candidates in turn, so that a machine that changes its speed does so for all of them, and without others who compute.
  Result<std::vector<TimedKernel>> run(int threads) {
    const auto most = kEnoughNanoseconds * static_cast<int64_t>(candidates_.size());
    int64_t spent = 0;
    for (int round = 0; round < kLeastRounds || (round < kMostRounds && spent < most); ++round) {
      const ProcessorHold held = hold_processors(threads);
      for (Candidate& candidate : candidates_) {
        TRY_ASSIGN(const int64_t time, time_of(candidate));
        candidate.best = std::min(candidate.best, time);
        spent += time;
      }
    }
    std::vector<TimedKernel> out;
    for (const Candidate& candidate : candidates_) out.push_back({candidate.name, candidate.best});
    return out;
  }

 private:
  /// The time of the steps, without the copies at the borders that the network has none of.
  Result<int64_t> time_of(Candidate& candidate) {
    evict_constants(*candidate.schedule);
    TRY(candidate.context->run({.inputs = inputs_, .outputs = outputs_, .allocate = {}}));
    int64_t total = 0;
    bool before = true;
    for (const auto& [text, nanoseconds] : candidate.context->step_times()) {
      const bool copy = text.starts_with("reorder to") || text.starts_with("copy to");
      before = before && copy;
      if (!copy || (before && copies_input_)) total += nanoseconds;
    }
    return total;
  }

  bool copies_input_;
  std::vector<Buffer> buffers_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
  std::vector<Candidate> candidates_;
};

/// Builds the group alone once for each candidate that can be built, and has them run.
Result<std::vector<TimedKernel>> measure(const NodeBuilder& b, const std::vector<std::string>& candidates) {
  TRY_ASSIGN(const ir::Graph graph, Isolated(b).run(b.group()));
  Trial trial(copies_input(b));
  TRY(trial.prepare(graph));
  BuildOptions options;
  options.threads = b.threads();
  options.precision = b.options().precision;
  options.keep_fp32 = b.options().keep_fp32;
  options.short_weights = b.options().short_weights;
  // Kernels that differ in their chunks alone share their weights.
  options.packed = make_packed_store();
  bool any = false;
  Status failure;
  for (const std::string& candidate : candidates) {
    Record alone;
    alone.force({.kernel = candidate, .shared = b.threads() > 1});
    auto schedule = make_schedule(graph.clone(), options, alone);
    if (!schedule.ok()) {
      failure = schedule.status();
      continue;
    }
    any = true;
    TRY(trial.add(candidate, std::move(schedule).value()));
  }
  if (!any) return failure;
  return trial.run(b.threads());
}

/// The first unless another one is clearly faster.
const std::string& best_of(const std::vector<TimedKernel>& rivals, double win) {
  const TimedKernel& fastest = *std::ranges::min_element(rivals, {}, &TimedKernel::nanoseconds);
  return static_cast<double>(fastest.nanoseconds) < win * static_cast<double>(rivals.front().nanoseconds) ? fastest.name : rivals.front().name;
}

}  // namespace

Result<std::string> choose_kernel(NodeBuilder& b, const std::vector<std::string>& candidates, double win) {
  Record& record = b.record();
  const std::string key = choice_key(b, candidates);
  const std::string* known = record.forced().kernel.empty() ? record.choice(key) : &record.forced().kernel;
  if (known) {
    if (std::ranges::find(candidates, *known) == candidates.end()) {
      return Status(Code::kEngineFailed, str("cpu: the cached engine names an unknown kernel for ", key));
    }
    b.explain_choice(*known, record.rivals(key));
    return *known;
  }
  TRY_ASSIGN(const std::vector<TimedKernel> rivals, measure(b, candidates));
  const std::string& best = best_of(rivals, win);
  record.choose(key, best, rivals);
  b.explain_choice(best, rivals);
  return best;
}

}  // namespace mindird::engines::cpu
