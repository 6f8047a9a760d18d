#include "runtime/serve/instance.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "base/clock.h"
#include "base/guard.h"
#include "base/strings.h"
#include "runtime/serve/host.h"

namespace mindird::runtime {
namespace {

/// Rounds of loops in a run that only warms up.
constexpr int64_t kWarmUpRounds = 16;

/// Copies one input of every request behind one another. The rest of a bucket repeats the last row: what a model takes, zeros need not be.
void gather_input(const std::vector<RequestPtr>& batch, size_t input, const Tensor& target) {
  std::byte* out = target.data;
  for (const RequestPtr& request : batch) {
    const auto bytes = request->inputs[input];
    if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
    out += bytes.size();
  }
  const std::byte* end = target.data + target.bytes();
  if (out == end) return;
  const auto last = batch.back()->inputs[input];
  const size_t row = last.size() / static_cast<size_t>(batch.back()->rows);
  for (; out < end; out += row) std::memcpy(out, last.data() + last.size() - row, row);
}

/// Gives one request its rows of one output.
Status scatter_output(const Tensor& source, size_t offset, size_t bytes, const OutputTarget& target, std::optional<Buffer>& buffer) {
  std::byte* out = nullptr;
  if (target.kind == OutputTarget::Kind::kAllocate) {
    TRY_ASSIGN(Buffer fresh, Buffer::allocate(bytes));
    buffer = std::move(fresh);
    out = buffer->data();
  } else {
    if (target.memory.size() != bytes) return internal_error(str("output needs ", bytes, " bytes, the destination has ", target.memory.size()));
    out = target.memory.data();
  }
  if (bytes > 0) std::memcpy(out, source.data + offset, bytes);
  return {};
}

Status scatter_request(const Request& request, std::span<const Tensor> outputs, int64_t first_row, int64_t plan_rows, RequestOutcome& outcome) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (request.outputs[i].kind == OutputTarget::Kind::kSkip) continue;
    const Tensor& source = outputs[i];
    Shape shape = source.shape();
    size_t offset = 0;
    size_t bytes = source.bytes();
    if (plan_rows > 0) {
      const size_t row_bytes = source.bytes() / static_cast<size_t>(plan_rows);
      shape[0] = request.rows;
      offset = row_bytes * static_cast<size_t>(first_row);
      bytes = row_bytes * static_cast<size_t>(request.rows);
    }
    outcome.shapes.push_back(std::move(shape));
    outcome.buffers.emplace_back();
    TRY(scatter_output(source, offset, bytes, request.outputs[i], outcome.buffers.back()));
  }
  return {};
}

void scatter(const std::vector<RequestPtr>& batch, std::span<const Tensor> outputs, int64_t plan_rows, BatchResult& result) {
  int64_t row = 0;
  for (size_t r = 0; r < batch.size(); ++r) {
    RequestOutcome& outcome = result.outcomes[r];
    outcome.status = scatter_request(*batch[r], outputs, row, plan_rows, outcome);
    row += batch[r]->rows;
  }
}

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

Status execute(std::vector<RequestPtr>& batch, const PlanPtr& plan, InstanceMemory& memory, BatchResult& result) {
  const int64_t begin = now_ns();
  TRY_ASSIGN(plan::PlanContext* context, memory.context(plan));
  for (size_t i = 0; i < context->inputs().size(); ++i) gather_input(batch, i, context->inputs()[i]);
  const int64_t gathered = now_ns();
  // Requests of one batch wait for each other, and loops are in no plan for several.
  const int64_t deadline = batch.size() == 1 ? batch[0]->deadline_ns : 0;
  TRY(run_plan(plan, *context, {.loop_steps = plan->loop_steps, .deadline_ns = deadline}));
  const int64_t computed = now_ns();
  scatter(batch, context->outputs(), plan->rows, result);
  result.gather_ns = gathered - begin;
  result.compute_ns = computed - gathered;
  result.scatter_ns = now_ns() - computed;
  result.device = context->device_times();
  for (const RequestPtr& request : batch) result.rows += request->rows;
  result.padded_rows = plan->rows > 0 ? plan->rows : result.rows;
  plan->took(now_ns() - begin);
  return {};
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

Status run_batch(std::vector<RequestPtr>& batch, const PlanPtr& plan, InstanceMemory& memory, BatchResult& result) {
  const int64_t begin = now_ns();
  for (const RequestPtr& request : batch) {
    RequestOutcome outcome;
    outcome.ticket = request->ticket;
    outcome.queue_ns = begin - request->enqueued_ns;
    result.outcomes.push_back(std::move(outcome));
  }
  const Status status = guarded([&] { return execute(batch, plan, memory, result); });
  if (status.ok()) return status;
  for (RequestOutcome& outcome : result.outcomes) {
    outcome.status = status;
    outcome.shapes.clear();
    outcome.buffers.clear();
  }
  return status;
}

Status warm_up(std::span<const PlanPtr> plans, InstanceMemory& memory) {
  TRY(memory.reserve(plans));
  for (const PlanPtr& plan : plans) {
    std::optional<PermitScope> permits;
    if (!plan->plan->on_device()) permits.emplace(Host::instance().permits(), plan->threads);
    TRY_ASSIGN(plan::PlanContext* context, memory.context(plan));
    for (const Tensor& input : context->inputs()) {
      if (input.bytes() > 0) std::memset(input.data, 0, input.bytes());
    }
    TRY(guarded([&]() -> Status {
      // With zeros a loop may have no end; a few rounds of it warm it up. And zeros need not be what the model takes, such as positions that count from 1.
      for (int i = 0; i < 2; ++i) {
        const int64_t begin = now_ns();
        Status status = run_plan(plan, *context, {.loop_steps = kWarmUpRounds});
        if (!status.ok() && status.code() != Code::kTooLarge && status.code() != Code::kInvalidArgument) return status;
        if (i > 0 && status.ok()) plan->took(now_ns() - begin);
      }
      return {};
    }));
  }
  return {};
}

}  // namespace mindird::runtime
