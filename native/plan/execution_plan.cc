#include "plan/execution_plan.h"

#include <algorithm>

#include "base/clock.h"
#include "base/memory_plan.h"
#include "base/strings.h"
#include "engines/keeps_serialized.h"

namespace mindird::plan {
namespace {

/// Inside the section while host steps run, outside at its end in any case.
class InSection {
 public:
  explicit InSection(HostSection* section) : section_(section) {}
  ~InSection() { be(false); }
  InSection(const InSection&) = delete;
  InSection& operator=(const InSection&) = delete;
  void be(bool inside) {
    if (!section_ || inside == inside_) return;
    inside_ = inside;
    inside ? section_->enter() : section_->leave();
  }

 private:
  HostSection* section_;
  bool inside_ = false;
};

/// Before which step a run waits for a step on a device: one that reads what it leaves and is not on that device, else the end.
int64_t waited_at(std::span<const PlanStep> steps, size_t step) {
  for (size_t i = step + 1; i < steps.size(); ++i) {
    const auto reads = [&](size_t slot) { return std::ranges::find(steps[i].inputs, slot) != steps[i].inputs.end(); };
    if (steps[i].engine != steps[step].engine && std::ranges::any_of(steps[step].outputs, reads)) return static_cast<int64_t>(i);
  }
  return static_cast<int64_t>(steps.size());
}

}  // namespace

ExecutionPlan::ExecutionPlan(std::vector<PlanSlot> slots, std::vector<PlanStep> steps, std::vector<size_t> inputs, std::vector<size_t> outputs,
                             bool keep_inputs)
    : slots_(std::move(slots)), steps_(std::move(steps)), inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
  // Model inputs live from before the first step, outputs to after the last, since the caller fills and reads them there.
  const auto end = static_cast<int64_t>(steps_.size());
  std::vector<LiveRange> ranges(slots_.size());
  const auto touch = [&](size_t slot, int64_t step, bool first) {
    if (first) ranges[slot].first = step;
    ranges[slot].last = std::max(ranges[slot].last, step);
  };
  for (size_t s : inputs_) touch(s, -1, true);
  for (size_t i = 0; i < steps_.size(); ++i) {
    for (size_t s : steps_[i].outputs) touch(s, static_cast<int64_t>(i), true);
    // A device copies from and to its slots while steps on the host run.
    const int64_t last = steps_[i].executable->on_device() ? waited_at(steps_, i) : static_cast<int64_t>(i);
    for (size_t s : steps_[i].inputs) touch(s, last, false);
    for (size_t s : steps_[i].outputs) touch(s, last, false);
  }
  for (size_t s : outputs_) touch(s, end, false);
  for (size_t s : inputs_) touch(s, keep_inputs ? end : -1, false);
  for (size_t s = 0; s < slots_.size(); ++s) {
    ranges[s].bytes = slots_[s].dynamic || slots_[s].constant ? 0 : std::max<size_t>(slots_[s].type.bytes(), 1);
  }
  const MemoryPlan memory = plan_memory(ranges);
  for (size_t s = 0; s < slots_.size(); ++s) slots_[s].offset = memory.offsets[s];
  arena_bytes_ = memory.bytes;
  for (const PlanStep& step : steps_) {
    workspace_bytes_ = std::max(workspace_bytes_, step.executable->workspace_bytes());
    (step.executable->on_device() ? on_device_ : on_host_) = true;
    host_threads_ = std::max(host_threads_, step.executable->host_threads());
  }
}

size_t ExecutionPlan::constant_bytes() const {
  size_t total = 0;
  for (const PlanStep& step : steps_) total += step.executable->constant_bytes();
  return total;
}

size_t ExecutionPlan::device_bytes() const {
  size_t total = 0;
  for (const PlanStep& step : steps_) total += step.executable->device_bytes();
  return total;
}

size_t ExecutionPlan::device_bytes_per_context() const {
  size_t total = 0;
  for (const PlanStep& step : steps_) total += step.executable->device_bytes_per_context();
  return total;
}

void ExecutionPlan::release_serialized() const {
  for (const PlanStep& step : steps_) {
    if (const auto* keeper = dynamic_cast<const engines::KeepsSerialized*>(step.executable.get())) keeper->release_serialized();
  }
}

Result<std::unique_ptr<PlanContext>> ExecutionPlan::context(std::span<std::byte> arena, std::span<std::byte> workspace) const {
  if (arena.size() < arena_bytes_ || workspace.size() < workspace_bytes_) return internal_error("plan context: memory is too small");
  auto out = std::make_unique<PlanContext>();
  out->plan_ = this;
  out->values_.resize(slots_.size());
  out->owned_.resize(slots_.size());
  for (size_t s = 0; s < slots_.size(); ++s) {
    out->values_[s].type = slots_[s].type;
    if (slots_[s].constant) {
      out->values_[s] = slots_[s].constant->view();
    } else if (!slots_[s].dynamic) {
      out->values_[s].data = arena.data() + slots_[s].offset;
    }
  }
  for (const PlanStep& step : steps_) {
    PlanContext::Bound bound;
    TRY_ASSIGN(bound.context, step.executable->context(workspace.first(step.executable->workspace_bytes())));
    bound.timed = dynamic_cast<engines::TimedRuns*>(bound.context.get());
    bound.deferred = dynamic_cast<engines::DeferredRuns*>(bound.context.get());
    for (size_t s : step.inputs) {
      bound.inputs.push_back(out->values_[s]);
      bound.dynamic = bound.dynamic || slots_[s].dynamic;
    }
    for (size_t s : step.outputs) {
      bound.outputs.push_back(out->values_[s]);
      bound.dynamic = bound.dynamic || slots_[s].dynamic;
    }
    out->steps_.push_back(std::move(bound));
  }
  for (size_t s : inputs_) out->inputs_.push_back(out->values_[s]);
  for (size_t s : outputs_) out->outputs_.push_back(out->values_[s]);
  out->step_ns_.assign(steps_.size(), 0);
  if (on_device_) {
    out->defer_device_steps();
    out->connect_device_steps();
  }
  return out;
}

PlanContext::~PlanContext() {
  // Later steps may read the device memory of earlier ones.
  while (!steps_.empty()) steps_.pop_back();
}

/// Steps of one engine go on one stream; those that cannot are run one by one.
void PlanContext::defer_device_steps() {
  const std::span<const PlanStep> steps = plan_->steps();
  std::optional<size_t> first;
  for (size_t i = 0; i < steps.size(); ++i) {
    Bound& bound = steps_[i];
    if (!bound.deferred) continue;
    const bool alone = bound.dynamic || (first && (steps[i].engine != steps[*first].engine || !bound.deferred->follow(*steps_[*first].context).ok()));
    if (alone) {
      bound.deferred = nullptr;
      bound.waits = true;
    } else if (!first) {
      first = i;
    }
  }
}

/// A tensor that one device step leaves and others of its engine read stays on the device; it is copied to the host only if a host step or the
/// caller reads it too.
void PlanContext::connect_device_steps() {
  const std::span<const PlanStep> steps = plan_->steps();
  for (size_t producer = 0; producer < steps.size(); ++producer) {
    if (!steps[producer].executable->on_device()) continue;
    for (size_t output = 0; output < steps[producer].outputs.size(); ++output) {
      if (!host_reads(producer, output)) steps_[producer].context->keep_on_device(output);
    }
  }
}

/// Connects the later device steps that read an output; true when somebody else reads it.
bool PlanContext::host_reads(size_t producer, size_t output) {
  const std::span<const PlanStep> steps = plan_->steps();
  const size_t slot = steps[producer].outputs[output];
  const std::span<const size_t> wanted = plan_->outputs();
  bool out = std::find(wanted.begin(), wanted.end(), slot) != wanted.end();
  for (size_t reader = producer + 1; reader < steps.size(); ++reader) {
    const bool same = steps[reader].engine == steps[producer].engine;
    for (size_t input = 0; input < steps[reader].inputs.size(); ++input) {
      if (steps[reader].inputs[input] != slot) continue;
      const bool taken = same && steps_[reader].context->take_input_from(input, *steps_[producer].context, output).ok();
      steps_[reader].waits = steps_[reader].waits || !taken;
      out = out || !taken;
    }
  }
  return out;
}

Status PlanContext::run_step(size_t index) {
  Bound& bound = steps_[index];
  const PlanStep& step = plan_->steps()[index];
  if (!bound.dynamic) return bound.context->run({bound.inputs, bound.outputs, {}});
  for (size_t i = 0; i < step.inputs.size(); ++i) bound.inputs[i] = values_[step.inputs[i]];
  for (size_t i = 0; i < step.outputs.size(); ++i) {
    if (plan_->slots()[step.outputs[i]].dynamic) bound.outputs[i] = {plan_->slots()[step.outputs[i]].type, nullptr};
  }
  const auto allocate = [&](size_t i, const TensorType& type) -> Status {
    const size_t slot = step.outputs[i];
    const auto bytes = type.checked_bytes();
    if (!bytes) return Status(Code::kOutOfMemory, str("output of type ", type.text(), " is too large"));
    TRY_ASSIGN(Buffer buffer, Buffer::allocate(static_cast<size_t>(*bytes)));
    owned_[slot] = std::make_unique<Buffer>(std::move(buffer));
    bound.outputs[i] = {type, owned_[slot]->data()};
    return {};
  };
  TRY(bound.context->run({bound.inputs, bound.outputs, allocate}));
  for (size_t i = 0; i < step.outputs.size(); ++i) values_[step.outputs[i]] = bound.outputs[i];
  return {};
}

Status PlanContext::start_step(size_t index) {
  Bound& bound = steps_[index];
  if (!bound.deferred) return run_step(index);
  TRY(bound.deferred->start({bound.inputs, bound.outputs, {}}));
  pending_.push_back(index);
  return {};
}

/// Waits for the last of the steps under way, and with it for all of them.
Status PlanContext::finish_pending() {
  Status status;
  const int64_t begin = now_ns();
  for (size_t i = pending_.size(); status.ok() && i-- > 0;) {
    Bound& bound = steps_[pending_[i]];
    status = bound.deferred->finish({bound.inputs, bound.outputs, {}}, i + 1 < pending_.size());
    if (!status.ok()) status = std::move(status).with(step_name(pending_[i]));
  }
  if (!pending_.empty()) step_ns_[pending_.back()] += now_ns() - begin;
  pending_.clear();
  return status;
}

Status PlanContext::run(HostSection* section) {
  // A run that ended in an exception leaves some.
  TRY(finish_pending());
  InSection inside(section);
  const auto run_steps = [&]() -> Status {
    for (size_t i = 0; i < steps_.size(); ++i) {
      if (steps_[i].waits && !pending_.empty()) {
        inside.be(false);
        TRY(finish_pending());
      }
      inside.be(!plan_->steps()[i].executable->on_device());
      const int64_t begin = now_ns();
      Status status = start_step(i);
      if (!status.ok()) return std::move(status).with(step_name(i));
      step_ns_[i] = now_ns() - begin;
    }
    return {};
  };
  Status status = run_steps();
  inside.be(false);
  // After a failure, too: what is under way must not reach memory that others use by then.
  const Status finished = finish_pending();
  TRY(status);
  TRY(finished);
  for (size_t i = 0; i < outputs_.size(); ++i) outputs_[i] = values_[plan_->outputs()[i]];
  return {};
}

std::string PlanContext::step_name(size_t index) const { return str("step ", index, " (", plan_->steps()[index].engine, ")"); }

engines::DeviceTimes PlanContext::device_times() const {
  engines::DeviceTimes out;
  for (const Bound& bound : steps_) out += bound.context->device_times();
  return out;
}

void PlanContext::time_runs(bool on) {
  for (Bound& bound : steps_) {
    if (bound.timed) bound.timed->time_runs(on);
  }
}

void PlanContext::set_profiling(bool on) {
  for (Bound& bound : steps_) bound.context->set_profiling(on);
}

std::vector<std::pair<std::string, int64_t>> PlanContext::profile() const {
  std::vector<std::pair<std::string, int64_t>> out;
  for (const Bound& bound : steps_) {
    for (auto& entry : bound.context->step_times()) out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace mindird::plan
