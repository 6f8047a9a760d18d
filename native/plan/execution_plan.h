// A compiled model for one set of input shapes: engine executables as steps over slots in one arena. Immutable and shared by instances;
// a PlanContext is the state one instance needs to run it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engines/engine.h"

namespace mindird::plan {

/// A tensor that crosses a border of partitions, a model input or a model output.
struct PlanSlot {
  TensorType type;
  std::string name;
  size_t offset = 0;     // in the arena; unused for dynamic and constant slots
  bool dynamic = false;  // size known only at run time: owned by the context
  ConstantPtr constant;  // an output that is a constant
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
  /// Bytes of device memory held by the executables, and by each context.
  size_t device_bytes() const;
  size_t device_bytes_per_context() const;

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
};

/// Use by one thread at a time: fill inputs(), run(), read outputs() before the next run.
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
  /// Sum of the last run's steps.
  engines::DeviceTimes device_times() const;
  void set_profiling(bool on);
  /// (step name, nanoseconds) of the last run when profiling.
  std::vector<std::pair<std::string, int64_t>> profile() const;
  /// The same of one of the plan's steps.
  std::vector<std::pair<std::string, int64_t>> step_profile(size_t step) const { return steps_[step].context->step_times(); }

 private:
  friend class ExecutionPlan;
  struct Bound {
    std::unique_ptr<engines::Context> context;
    std::vector<Tensor> inputs;
    std::vector<Tensor> outputs;
    bool dynamic = false;
  };
  void connect_device_steps();
  bool host_reads(size_t producer, size_t output);
  Status run_step(size_t index);

  const ExecutionPlan* plan_ = nullptr;
  std::vector<Tensor> values_;                  // by slot
  std::vector<std::unique_ptr<Buffer>> owned_;  // by slot, for dynamic ones
  std::vector<Bound> steps_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
  std::vector<int64_t> step_ns_;
};

}  // namespace mindird::plan
