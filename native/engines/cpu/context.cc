// Runs a program: points input and output slots at the caller's tensors, then runs the steps in order.
#include <chrono>

#include "base/strings.h"
#include "engines/cpu/guard.h"
#include "engines/cpu/program.h"
#include "engines/cpu/stream.h"

namespace mindird::engines::cpu {
namespace {

using Clock = std::chrono::steady_clock;

class CpuContext final : public Context {
 public:
  CpuContext(std::shared_ptr<const Program> program, std::span<std::byte> workspace) : program_(std::move(program)) {
    frame_.stream = dnnl::stream(device());
    frame_.dynamic.resize(program_->dynamic_values);
    std::unique_ptr<bool[]> external(new bool[program_->slots.size()]());
    for (size_t i = 0; i < program_->slots.size(); ++i) {
      const Slot& slot = program_->slots[i];
      std::byte* place = nullptr;
      if (slot.kind == SlotKind::kWorkspace) place = workspace.data() + slot.offset;
      if (slot.kind == SlotKind::kConstant) place = const_cast<std::byte*>(slot.constant);
      frame_.slots.push_back(place);
      external[i] = slot.kind == SlotKind::kInput || slot.kind == SlotKind::kOutput;
      if (external[i]) borders_.push_back(i);
    }
    for (const auto& step : program_->steps) states_.push_back(step->prepare(frame_, {external.get(), program_->slots.size()}));
  }

  Status run(const RunArgs& args) override {
    TRY(check(args));
    const ComputeScope scope(program_->threads);
    frame_.threads = program_->threads;
    for (size_t i : borders_) {
      const Slot& slot = program_->slots[i];
      frame_.slots[i] = slot.kind == SlotKind::kInput ? args.inputs[slot.index].data : args.outputs[slot.index].data;
    }
    TRY(guarded([&] { return run_steps(); }));
    return hand_out_dynamic(args);
  }

  std::vector<std::pair<std::string, int64_t>> step_times() const override {
    std::vector<std::pair<std::string, int64_t>> out;
    for (size_t i = 0; i < times_.size(); ++i) out.emplace_back(str(program_->steps[i]->text(), "  # ", program_->origins[i]), times_[i]);
    return out;
  }

  void set_profiling(bool on) override {
    profiling_ = on;
    times_.assign(on ? program_->steps.size() : 0, 0);
  }

 private:
  Status check(const RunArgs& args) const {
    if (args.inputs.size() != program_->inputs.size() || args.outputs.size() != program_->outputs.size()) {
      return internal_error(str("cpu: run with ", args.inputs.size(), " inputs and ", args.outputs.size(), " outputs, want ",
                                program_->inputs.size(), " and ", program_->outputs.size()));
    }
    for (size_t i = 0; i < args.inputs.size(); ++i) {
      if (args.inputs[i].type == program_->inputs[i]) continue;
      return internal_error(str("cpu: input ", i, " is ", args.inputs[i].type.text(), ", want ", program_->inputs[i].text()));
    }
    for (size_t i = 0; i < args.outputs.size(); ++i) {
      if (!program_->outputs[i].shape.known() || args.outputs[i].type == program_->outputs[i]) continue;
      return internal_error(str("cpu: output ", i, " is ", args.outputs[i].type.text(), ", want ", program_->outputs[i].text()));
    }
    return {};
  }

  Status run_steps() {
    for (size_t i = 0; i < states_.size(); ++i) {
      if (program_->step_threads[i] != frame_.threads) {
        frame_.threads = program_->step_threads[i];
        use_threads(frame_.threads);
      }
      const Clock::time_point start = profiling_ ? Clock::now() : Clock::time_point();
      Status status = program_->steps[i]->run(frame_, states_[i].get());
      if (!status.ok()) return std::move(status).with(str("node \"", program_->origins[i], "\""));
      if (profiling_) times_[i] = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
    }
    return {};
  }

  /// Outputs of unknown size were computed into the frame: the caller gives them memory now.
  Status hand_out_dynamic(const RunArgs& args) {
    for (auto [output, value] : program_->dynamic_outputs) {
      const Dynamic& dynamic = frame_.dynamic[value];
      if (!args.allocate) return internal_error("cpu: an output of unknown size and no way to allocate it");
      TRY(args.allocate(output, dynamic.type));
      const size_t bytes = dynamic.type.bytes();
      if (bytes > 0) std::copy_n(dynamic.buffer.data(), bytes, args.outputs[output].data);
    }
    return {};
  }

  std::shared_ptr<const Program> program_;
  Frame frame_;
  std::vector<size_t> borders_;
  std::vector<std::unique_ptr<StepState>> states_;
  bool profiling_ = false;
  std::vector<int64_t> times_;
};

}  // namespace

Result<std::unique_ptr<Context>> make_context(std::shared_ptr<const Program> program, std::span<std::byte> workspace) {
  if (workspace.size() < program->workspace_bytes) {
    return internal_error(str("cpu: a workspace of ", workspace.size(), " bytes, want ", program->workspace_bytes));
  }
  std::unique_ptr<Context> context;
  TRY(guarded([&]() -> Status {
    const ComputeScope scope(program->threads);
    context = std::make_unique<CpuContext>(std::move(program), workspace);
    return {};
  }));
  return context;
}

}  // namespace mindird::engines::cpu
