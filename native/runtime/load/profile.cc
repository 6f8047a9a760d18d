#include "runtime/load/profile.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>

#include "base/clock.h"
#include "base/run_limits.h"
#include "engines/explained.h"
#include "engines/peaks.h"
#include "engines/processors.h"
#include "tensor/half.h"

namespace mindird::runtime {
namespace {

using Json = nlohmann::json;
using Times = std::vector<int64_t>;

constexpr int kWarmUps = 3;
constexpr size_t kLeastRuns = 5;
constexpr size_t kMostRuns = 2000;
/// Loops that count on values which are not random may have no end.
constexpr int64_t kLoopSteps = 1000;

int64_t median(Times times) {
  if (times.empty()) return 0;
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

void fill(std::span<Tensor> inputs) {
  std::mt19937 random(1);
  for (const Tensor& t : inputs) {
    if (t.dtype() == DType::kF32) {
      for (float& v : t.as<float>()) v = std::normal_distribution<float>()(random);
    } else if (t.dtype() == DType::kF16) {
      for (Half& v : t.as<Half>()) v = Half(std::normal_distribution<float>()(random));
    } else if (t.bytes() > 0) {
      std::memset(t.data, 0, t.bytes());
    }
  }
}

/// Times of one partition, run by run.
struct Measured {
  Times whole;
  std::vector<std::string> steps;
  std::vector<Times> times;
};

class Runs {
 public:
  explicit Runs(const plan::ExecutionPlan& plan) : plan_(plan), partitions_(plan.steps().size()) {}

  Status prepare() {
    TRY_ASSIGN(arena_, Buffer::allocate(plan_.arena_bytes()));
    TRY_ASSIGN(workspace_, Buffer::allocate(plan_.workspace_bytes()));
    TRY_ASSIGN(context_, plan_.context(arena_.span(), workspace_.span()));
    fill(context_->inputs());
    for (int i = 0; i < kWarmUps; ++i) TRY(run());
    context_->set_profiling(true);
    return {};
  }

  Status measure(const ProfileOptions& options) {
    const engines::ProcessorHold held = engines::hold_processors(options.threads);
    const int64_t end = now_ns() + static_cast<int64_t>(options.seconds * 1e9);
    while (total_.size() < kLeastRuns || (now_ns() < end && total_.size() < kMostRuns)) {
      const int64_t begin = now_ns();
      TRY(run());
      total_.push_back(now_ns() - begin);
      for (size_t p = 0; p < partitions_.size(); ++p) note(p);
    }
    return {};
  }

  const Times& total() const { return total_; }
  const Measured& partition(size_t index) const { return partitions_[index]; }

 private:
  Status run() {
    const RunScope scope({.loop_steps = kLoopSteps});
    return context_->run();
  }

  void note(size_t index) {
    Measured& m = partitions_[index];
    m.whole.push_back(context_->step_ns()[index]);
    const auto steps = context_->step_profile(index);
    m.times.resize(std::max(m.times.size(), steps.size()));
    m.steps.resize(m.times.size());
    for (size_t s = 0; s < steps.size(); ++s) {
      m.steps[s] = steps[s].first;
      m.times[s].push_back(steps[s].second);
    }
  }

  const plan::ExecutionPlan& plan_;
  Buffer arena_;
  Buffer workspace_;
  std::unique_ptr<plan::PlanContext> context_;
  std::vector<Measured> partitions_;
  Times total_;
};

Json work_json(const engines::WorkFacts& work) {
  Json rivals = Json::array();
  for (const auto& [name, nanoseconds] : work.rivals) rivals.push_back({{"kernel", name}, {"ns", nanoseconds}});
  return {{"nodes", work.nodes}, {"operations", work.operations}, {"bytes", work.bytes}, {"chosen", work.chosen}, {"rivals", rivals}};
}

Json partition_json(const plan::PlanStep& step, const Measured& m) {
  Json steps = Json::array();
  for (size_t s = 0; s < m.times.size(); ++s) {
    steps.push_back({{"text", m.steps[s]}, {"ns", median(m.times[s])}, {"least_ns", *std::ranges::min_element(m.times[s])}});
  }
  Json work = Json::array();
  if (const auto* explained = dynamic_cast<const engines::Explained*>(step.executable.get())) {
    const engines::Explanation facts = explained->explain();
    for (const engines::WorkFacts& each : facts.work) work.push_back(work_json(each));
    for (size_t s = 0; s < steps.size() && s < facts.step_work.size(); ++s) {
      steps[s]["work"] = facts.step_work[s];
      steps[s]["threads"] = facts.step_threads[s];
    }
  }
  return {{"engine", step.engine}, {"ns", median(m.whole)}, {"steps", std::move(steps)}, {"work", std::move(work)}};
}

}  // namespace

Result<std::string> profile(const plan::ExecutionPlan& plan, const ProfileOptions& options) {
  Json out = {{"threads", options.threads}};
  if (plan.on_host()) {
    if (auto peaks = engines::measure_peaks(options.threads); peaks.ok()) {
      out["peaks"] = {{"operations", peaks->operations}, {"bytes", peaks->bytes}};
    } else if (peaks.status().code() != Code::kUnsupported) {
      return peaks.status();
    }
  }
  Runs runs(plan);
  TRY(runs.prepare());
  TRY(runs.measure(options));
  out["runs"] = runs.total().size();
  out["total_ns"] = median(runs.total());
  out["partitions"] = Json::array();
  for (size_t p = 0; p < plan.steps().size(); ++p) out["partitions"].push_back(partition_json(plan.steps()[p], runs.partition(p)));
  return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mindird::runtime
