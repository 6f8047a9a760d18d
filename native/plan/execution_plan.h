// A compiled model for one set of input shapes: engine executables as steps over slots in one arena. Immutable and shared by instances;
// a PlanContext is the state one instance needs to run it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engines/deferred_runs.h"
#include "engines/engine.h"
#include "engines/timed_runs.h"

namespace mindird::plan {

/// A tensor that crosses a border of partitions, a model input or a model output.
struct PlanSlot {
  TensorType type;
  std::string name;
  size_t offset = 0;     // in the arena; unused for dynamic and constant slots
  bool dynamic = false;  // size known only at run time: owned by the context
  ConstantPtr constant;  // an output that is a constant
  /// Set: the type of the model's input or output, of which the slot has a lower one. Whoever fills or reads it converts (tensor/half_copy.h).
  std::optional<DType> outside = {};

  /// As the model's signature says.
  TensorType outside_type() const { return {outside.value_or(type.dtype), type.shape}; }
};

struct PlanStep {
  std::shared_ptr<const engines::Executable> executable;
  std::string engine;
  std::vector<size_t> inputs;   // slots
  std::vector<size_t> outputs;  // slots
  size_t nodes = 0;
};

/// Told where a run uses the host's processors: entered before host steps that follow one another, left after them. Device steps run outside.
class HostSection {
 public:
  virtual ~HostSection() = default;
  virtual void enter() = 0;
  virtual void leave() = 0;
};

class PlanContext;

class ExecutionPlan {
 public:
  /// With keep_inputs, inputs are still there after a run, for the next one.
  ExecutionPlan(std::vector<PlanSlot> slots, std::vector<PlanStep> steps, std::vector<size_t> inputs, std::vector<size_t> outputs, bool keep_inputs = false);

  std::span<const PlanSlot> slots() const { return slots_; }
  std::span<const PlanStep> steps() const { return steps_; }
  /// Slots of the model's inputs and outputs, in signature order; an output may be an input's slot or occur twice.
  std::span<const size_t> inputs() const { return inputs_; }
  std::span<const size_t> outputs() const { return outputs_; }
  size_t arena_bytes() const { return arena_bytes_; }
  /// The largest workspace any step needs; steps run one after the other and share it.
  size_t workspace_bytes() const { return workspace_bytes_; }
  size_t constant_bytes() const;
  /// Whether any step runs on a device, and whether any uses the host's processors.
  bool on_device() const { return on_device_; }
  bool on_host() const { return on_host_; }
  /// How many of the process's threads a run takes, at most.
  int host_threads() const { return host_threads_; }
  /// Bytes of device memory held by the executables, and by each context.
  size_t device_bytes() const;
  size_t device_bytes_per_context() const;

  /// Lets go of what the executables would be serialised to (engines/keeps_serialized.h).
  void release_serialized() const;

  /// Memory is aligned to 64 bytes, at least arena_bytes() and workspace_bytes() long, and outlives the context.
  Result<std::unique_ptr<PlanContext>> context(std::span<std::byte> arena, std::span<std::byte> workspace) const;

 private:
  friend class PlanContext;
  std::vector<PlanSlot> slots_;
  std::vector<PlanStep> steps_;
  std::vector<size_t> inputs_;
  std::vector<size_t> outputs_;
  size_t arena_bytes_ = 0;
  size_t workspace_bytes_ = 0;
  bool on_device_ = false;
  bool on_host_ = false;
  int host_threads_ = 1;
};

/// Use by one thread at a time: fill inputs(), run(), read outputs() before the next run. Steps on a device are started one after the other and waited for
/// together, before a step on the host that reads what they leave, and at the end.
class PlanContext {
 public:
  ~PlanContext();
  /// Views of the arena to write the model's inputs to.
  std::span<Tensor> inputs() { return inputs_; }
  /// `section` may be null.
  Status run(HostSection* section = nullptr);
  /// Views of the results: in the arena, of a constant, or in buffers of this context.
  std::span<const Tensor> outputs() const { return outputs_; }
  /// Nanoseconds of each step in the last run.
  std::span<const int64_t> step_ns() const { return step_ns_; }
  /// Sum of the last run's steps; the dispatch alone where it was not timed.
  engines::DeviceTimes device_times() const;
  /// Whether runs from now on are timed on the device; at first they are not.
  void time_runs(bool on);
  void set_profiling(bool on);
  /// (step name, nanoseconds) of the last run when profiling.
  std::vector<std::pair<std::string, int64_t>> profile() const;
  /// The same of one of the plan's steps.
  std::vector<std::pair<std::string, int64_t>> step_profile(size_t step) const { return steps_[step].context->step_times(); }

 private:
  friend class ExecutionPlan;
  struct Bound {
    std::unique_ptr<engines::Context> context;
    // The context, where it is one on a device.
    engines::TimedRuns* timed = nullptr;
    engines::DeferredRuns* deferred = nullptr;
    bool waits = false;  // reads on the host what a device leaves there
    std::vector<Tensor> inputs;
    std::vector<Tensor> outputs;
    bool dynamic = false;
  };
  void connect_device_steps();
  bool host_reads(size_t producer, size_t output);
  void defer_device_steps();
  Status run_step(size_t index);
  Status start_step(size_t index);
  Status finish_pending();
  std::string step_name(size_t index) const;

  const ExecutionPlan* plan_ = nullptr;
  std::vector<Tensor> values_;                  // by slot
  std::vector<std::unique_ptr<Buffer>> owned_;  // by slot, for dynamic ones
  std::vector<Bound> steps_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
  std::vector<int64_t> step_ns_;
  std::vector<size_t> pending_;  // steps of one engine that were started and not finished
};

}  // namespace mindird::plan
