// Runs a schedule: points input and output areas at the caller's tensors, then runs the steps in order.
#include <chrono>

#include "base/strings.h"
#include "engines/cpu/base/onednn_guard.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/run/schedule.h"

namespace mindird::engines::cpu {
namespace {

using Clock = std::chrono::steady_clock;

class CpuContext final : public Context {
 public:
  CpuContext(std::shared_ptr<const Schedule> schedule, std::span<std::byte> workspace) : schedule_(std::move(schedule)) {
    frame_.stream = dnnl::stream(device());
    frame_.dynamic.resize(schedule_->dynamic_values);
    std::unique_ptr<bool[]> external(new bool[schedule_->areas.size()]());
    for (size_t i = 0; i < schedule_->areas.size(); ++i) {
      const Area& area = schedule_->areas[i];
      std::byte* place = nullptr;
      if (area.kind == AreaKind::kWorkspace) place = workspace.data() + area.offset;
      if (area.kind == AreaKind::kConstant) place = const_cast<std::byte*>(area.constant);
      frame_.areas.push_back(place);
      external[i] = area.kind == AreaKind::kInput || area.kind == AreaKind::kOutput;
      if (external[i]) borders_.push_back(i);
    }
    for (const auto& step : schedule_->steps) states_.push_back(step->prepare(frame_, {external.get(), schedule_->areas.size()}));
  }

  Status run(const RunArgs& args) override {
    TRY(check(args));
    const ComputeScope scope(schedule_->threads);
    TRY(scope.status());
    frame_.threads = schedule_->threads;
    for (size_t i : borders_) {
      const Area& area = schedule_->areas[i];
      frame_.areas[i] = area.kind == AreaKind::kInput ? args.inputs[area.index].data : args.outputs[area.index].data;
    }
    TRY(guard_onednn([&] { return run_steps(); }));
    return hand_out_dynamic(args);
  }

  std::vector<std::pair<std::string, int64_t>> step_times() const override {
    std::vector<std::pair<std::string, int64_t>> out;
    for (size_t i = 0; i < times_.size(); ++i) out.emplace_back(str(schedule_->steps[i]->text(), "  # ", schedule_->origins[i]), times_[i]);
    return out;
  }

  void set_profiling(bool on) override {
    profiling_ = on;
    times_.assign(on ? schedule_->steps.size() : 0, 0);
  }

 private:
  Status check(const RunArgs& args) const {
    if (args.inputs.size() != schedule_->inputs.size() || args.outputs.size() != schedule_->outputs.size()) {
      return internal_error(str("cpu: run with ", args.inputs.size(), " inputs and ", args.outputs.size(), " outputs, want ", schedule_->inputs.size(), " and ",
                                schedule_->outputs.size()));
    }
    for (size_t i = 0; i < args.inputs.size(); ++i) {
      if (args.inputs[i].type == schedule_->inputs[i]) continue;
      return internal_error(str("cpu: input ", i, " is ", args.inputs[i].type.text(), ", want ", schedule_->inputs[i].text()));
    }
    for (size_t i = 0; i < args.outputs.size(); ++i) {
      if (!schedule_->outputs[i].shape.known() || args.outputs[i].type == schedule_->outputs[i]) continue;
      return internal_error(str("cpu: output ", i, " is ", args.outputs[i].type.text(), ", want ", schedule_->outputs[i].text()));
    }
    return {};
  }

  Status run_steps() {
    for (size_t i = 0; i < states_.size(); ++i) {
      if (schedule_->step_threads[i] != frame_.threads) {
        frame_.threads = schedule_->step_threads[i];
        use_threads(frame_.threads);
      }
      const Clock::time_point start = profiling_ ? Clock::now() : Clock::time_point();
      Status status = schedule_->steps[i]->run(frame_, states_[i].get());
      if (!status.ok()) return std::move(status).with(str("node \"", schedule_->origins[i], "\""));
      if (profiling_) times_[i] = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
    }
    return {};
  }

  /// Outputs of unknown size were computed into the frame: the caller gives them memory now.
  Status hand_out_dynamic(const RunArgs& args) {
    for (auto [output, value] : schedule_->dynamic_outputs) {
      const Dynamic& dynamic = frame_.dynamic[value];
      if (!args.allocate) return internal_error("cpu: an output of unknown size and no way to allocate it");
      TRY(args.allocate(output, dynamic.type));
      const size_t bytes = dynamic.type.bytes();
      if (bytes > 0) std::copy_n(dynamic.buffer.data(), bytes, args.outputs[output].data);
    }
    return {};
  }

  std::shared_ptr<const Schedule> schedule_;
  Frame frame_;
  std::vector<size_t> borders_;
  std::vector<std::unique_ptr<StepState>> states_;
  bool profiling_ = false;
  std::vector<int64_t> times_;
};

}  // namespace

Result<std::unique_ptr<Context>> make_context(std::shared_ptr<const Schedule> schedule, std::span<std::byte> workspace) {
  if (workspace.size() < schedule->workspace_bytes) {
    return internal_error(str("cpu: a workspace of ", workspace.size(), " bytes, want ", schedule->workspace_bytes));
  }
  std::unique_ptr<Context> context;
  TRY(guard_onednn([&]() -> Status {
    const ComputeScope scope(schedule->threads);
    TRY(scope.status());
    context = std::make_unique<CpuContext>(std::move(schedule), workspace);
    return {};
  }));
  return context;
}

}  // namespace mindird::engines::cpu
