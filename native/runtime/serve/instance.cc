#include "runtime/serve/instance.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "base/clock.h"
#include "base/guard.h"
#include "base/strings.h"
#include "runtime/queue/rows.h"
#include "runtime/serve/host.h"

namespace mindird::runtime {
namespace {

/// Rounds of loops in a run that only warms up.
constexpr int64_t kWarmUpRounds = 16;
/// What a run costs for finding things cold is little beside this: a second one would tell nothing new of its time.
constexpr int64_t kLongRunNs = 50'000'000;

/// Compute permits around the host steps of a plan that also waits for a device.
class PermitSection final : public plan::HostSection {
 public:
  explicit PermitSection(int count) : count_(count) {}
  void enter() override { held_.emplace(Host::instance().permits(), count_); }
  void leave() override { held_.reset(); }

 private:
  int count_;
  std::optional<PermitScope> held_;
};

Status run_plan(const PlanPtr& plan, plan::PlanContext& context, const RunLimits& limits) {
  const RunScope scope(limits);
  PermitSection section(plan->threads);
  return context.run(plan->plan->on_device() ? &section : nullptr);
}

}  // namespace

Status InstanceMemory::Arena::grow(size_t bytes, bool for_device) {
  buffer_ = Buffer();
  locked_ = nullptr;
  size_ = 0;
  for_device_ = for_device;
  if (for_device) locked_ = engines::allocate_page_locked(bytes);
  if (!locked_) {
    TRY_ASSIGN(buffer_, Buffer::allocate(bytes));
  }
  size_ = bytes;
  return {};
}

Status InstanceMemory::grow(size_t arena, size_t workspace, bool for_device) {
  Memory& m = *memory_;
  const bool other_arena = arena > m.arena.size() || (for_device && !m.arena.for_device());
  if (!other_arena && workspace <= m.workspace.size()) return {};
  std::erase_if(contexts_, [&](const auto& e) { return e.second.memory == memory_; });
  if (other_arena) TRY(m.arena.grow(std::max(arena, m.arena.size()), for_device || m.arena.for_device()));
  if (workspace > m.workspace.size()) {
    m.workspace = Buffer();
    TRY_ASSIGN(m.workspace, Buffer::allocate(workspace));
  }
  return {};
}

Status InstanceMemory::reserve(std::span<const PlanPtr> plans) {
  size_t arena = 0;
  size_t workspace = 0;
  bool for_device = false;
  for (const PlanPtr& plan : plans) {
    for_device = for_device || plan->plan->on_device();
    arena = std::max(arena, plan->plan->arena_bytes());
    workspace = std::max(workspace, plan->plan->workspace_bytes());
  }
  return grow(arena, workspace, for_device);
}

Result<plan::PlanContext*> InstanceMemory::context(const PlanPtr& plan) {
  const auto found = contexts_.find(plan.get());
  if (found != contexts_.end()) return found->second.context.get();
  std::erase_if(contexts_, [](const auto& e) { return e.second.plan->evicted.load(); });
  TRY(grow(plan->plan->arena_bytes(), plan->plan->workspace_bytes(), plan->plan->on_device()));
  TRY_ASSIGN(auto fresh, plan->plan->context(memory_->arena.span(), memory_->workspace.span()));
  plan::PlanContext* context = fresh.get();
  contexts_.emplace(plan.get(), Entry{plan, memory_, std::move(fresh)});
  return context;
}

bool InstanceMemory::in_use(const std::shared_ptr<Memory>& memory) const {
  return std::any_of(contexts_.begin(), contexts_.end(), [&](const auto& e) { return e.second.memory == memory; });
}

void InstanceMemory::adopt(InstanceMemory&& fresh) {
  std::erase_if(contexts_, [](const auto& e) { return e.second.plan->evicted.load(); });
  const bool larger = fresh.memory_->arena.size() >= memory_->arena.size() && fresh.memory_->workspace.size() >= memory_->workspace.size();
  if (larger || !in_use(memory_)) memory_ = fresh.memory_;
  contexts_.merge(fresh.contexts_);
}

size_t InstanceMemory::bytes() const {
  std::set<const Memory*> all{memory_.get()};
  for (const auto& [key, entry] : contexts_) all.insert(entry.memory.get());
  size_t sum = 0;
  for (const Memory* memory : all) sum += memory->arena.size() + memory->workspace.size();
  return sum;
}

size_t InstanceMemory::device_bytes() const {
  size_t total = 0;
  for (const auto& [key, entry] : contexts_) total += entry.plan->plan->device_bytes_per_context();
  return total;
}

Status run_parts(std::span<const Part> parts, int64_t deadline_ns, const PlanPtr& plan, InstanceMemory& memory, BatchResult& result) {
  const int64_t begin = now_ns();
  TRY_ASSIGN(plan::PlanContext * context, memory.context(plan));
  for (size_t i = 0; i < context->inputs().size(); ++i) gather_input(parts, i, *plan, context->inputs()[i]);
  context->time_runs(result.timed);
  const int64_t gathered = now_ns();
  TRY(run_plan(plan, *context, {.loop_steps = plan->loop_steps, .deadline_ns = deadline_ns}));
  const int64_t computed = now_ns();
  scatter(parts, context->outputs(), *plan);
  const int64_t end = now_ns();
  result.gather_ns += gathered - begin;
  result.compute_ns += computed - gathered;
  result.scatter_ns += end - computed;
  result.device += context->device_times();
  int64_t rows = 0;
  for (const Part& part : parts) rows += part.rows;
  result.rows += rows;
  result.padded_rows += plan->rows > 0 ? plan->rows : rows;
  plan->took(end - begin);
  return {};
}

Status run_batch(std::vector<RequestPtr>& batch, const PlanPtr& plan, InstanceMemory& memory, BatchResult& result) {
  begin_run(batch, memory, result);
  const Status status = guarded([&] {
    std::vector<Part> parts;
    for (size_t i = 0; i < batch.size(); ++i) parts.push_back({batch[i].get(), &result.outcomes[i], 0, batch[i]->rows});
    // Requests of one batch wait for each other, and loops are in no plan for several.
    return run_parts(parts, batch.size() == 1 ? batch[0]->deadline_ns : 0, plan, memory, result);
  });
  if (!status.ok()) fail_outcomes(status, result);
  return status;
}

void begin_run(std::span<const RequestPtr> batch, InstanceMemory& memory, BatchResult& result) {
  begin_outcomes(batch, result);
  result.timed = memory.samples_next() || std::ranges::any_of(batch, [](const RequestPtr& request) { return request->timed; });
}

void begin_outcomes(std::span<const RequestPtr> batch, BatchResult& result) {
  const int64_t now = now_ns();
  result.outcomes.resize(batch.size());
  for (size_t i = 0; i < batch.size(); ++i) {
    result.outcomes[i].ticket = batch[i]->ticket;
    result.outcomes[i].queue_ns = now - batch[i]->enqueued_ns;
  }
}

void fail_outcomes(const Status& status, BatchResult& result) {
  for (RequestOutcome& outcome : result.outcomes) {
    outcome.status = status;
    outcome.shapes.clear();
    outcome.buffers.clear();
  }
}

Status warm_up(std::span<const PlanPtr> plans, InstanceMemory& memory) {
  TRY(memory.reserve(plans));
  for (const PlanPtr& plan : plans) {
    std::optional<PermitScope> permits;
    if (!plan->plan->on_device()) permits.emplace(Host::instance().permits(), plan->threads);
    TRY_ASSIGN(plan::PlanContext * context, memory.context(plan));
    for (const Tensor& input : context->inputs()) {
      if (input.bytes() > 0) std::memset(input.data, 0, input.bytes());
    }
    TRY(guarded([&]() -> Status {
      // With zeros a loop may have no end; a few rounds of it warm it up. And zeros need not be what the model takes, such as positions that count from 1.
      for (bool warm : {false, true}) {
        // On a device timed runs have to be warmed up, too.
        context->time_runs(warm);
        const int64_t begin = now_ns();
        Status status = run_plan(plan, *context, {.loop_steps = kWarmUpRounds});
        if (!status.ok() && status.code() != Code::kTooLarge && status.code() != Code::kInvalidArgument) return status;
        const int64_t took = now_ns() - begin;
        if (status.ok() && (warm || took > kLongRunNs)) plan->took(took);
        if (took > kLongRunNs && !plan->plan->on_device()) break;
      }
      return {};
    }));
  }
  return {};
}

}  // namespace mindird::runtime
