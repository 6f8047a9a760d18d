// Running an engine. A context has its own device memory, a stream that it may share, and addresses are set once. The first run goes call by call; then the
// whole of it is captured as one graph, copies included, so that a run costs the host one launch. Runs that are timed have a graph of their own, with the
// events of the stage times, captured when one was first asked for:
//
//           ┌ copies to the device │ kernels │ copies to the host ┐
//   ┌ event │ copies to the device │ event │ kernels │ event │ copies to the host │ event ┐
//
// An engine that cannot be captured is enqueued call by call each time. A run that fails leaves the context usable unless the driver's context is
// lost, which every later call says by itself.
#include <array>
#include <utility>

#include "base/clock.h"
#include "base/strings.h"
#include "engines/tensorrt/executable.h"
#include "engines/tensorrt/profiles.h"
#include "engines/tensorrt/timeline.h"
#include "engines/tensorrt/transfers.h"
#include "engines/deferred_runs.h"
#include "engines/timed_runs.h"

namespace mindird::engines::tensorrt {
namespace {

/// How often a context tries to capture its run, with events and without.
constexpr int kMostCaptures = 3;

/// A run as one launch, once it was captured.
struct CapturedRun {
  GraphExec graph;
  int captures_left = kMostCaptures;
};

class TensorrtContext final : public Context, public TimedRuns, public DeferredRuns {
 public:
  explicit TensorrtContext(std::shared_ptr<const Loaded> loaded) : loaded_(std::move(loaded)), library_(*loaded_->library), cuda_(library_.cuda) {}
  ~TensorrtContext() override;

  Status prepare();
  Status run(const RunArgs& args) override;
  Status follow(const Context& first) override;
  Status start(const RunArgs& args) override;
  Status finish(const RunArgs& args, bool waited) override;
  DeviceTimes device_times() const override;
  std::vector<std::pair<std::string, int64_t>> step_times() const override;
  void set_profiling(bool on) override { profiling_ = on; }
  void time_runs(bool on) override { timing_ = on; }
  Status take_input_from(size_t input, const Context& producer, size_t output) override;
  void keep_on_device(size_t output) override;

 private:
  Status use_profile();
  Status bind(const Border& border, CuDevicePtr address);
  /// Whether this run is timed.
  bool timed() const { return timing_ || profiling_; }
  CapturedRun& captured() { return captured_[timed() ? 1 : 0]; }
  Status mark(Mark mark, bool captured) const;
  Status enqueue(bool captured);
  void capture();
  Status end_capture();
  void forget_graphs() { captured_ = {}; }
  Status launch(const RunArgs& args);
  Status wait() const { return check(cuda_, "cuStreamSynchronize", cuda_.stream_synchronize(stream_.get())); }
  Status failed(const Status& status) const;

  std::shared_ptr<const Loaded> loaded_;
  const Library& library_;
  const CudaApi& cuda_;
  std::shared_ptr<CuStreamState> stream_;
  Transfers transfers_;
  Timeline timeline_;
  Owned<trt::IExecutionContext> context_;
  std::array<CapturedRun, 2> captured_;  // without and with events
  bool profiling_ = false;
  bool timing_ = false;
  // The device's part is read from the events when first asked for, so that the run itself does not wait for that.
  mutable DeviceTimes times_;
  mutable bool times_unread_ = false;
};

TensorrtContext::~TensorrtContext() {
  // The members' destructors call the driver.
  const Status status = library_.enter();
  if (stream_ && status.ok()) cuda_.stream_synchronize(stream_.get());
}

Status TensorrtContext::prepare() {
  TRY(library_.enter());
  TRY_ASSIGN(stream_, make_stream(cuda_));
  TRY_ASSIGN(transfers_, Transfers::make(cuda_, *loaded_));
  TRY_ASSIGN(timeline_, Timeline::make(cuda_));
  const std::lock_guard lock(library_.mutex);
  library_.logger.take_error("");
  // A context stays with one profile, so it needs memory for that one's shapes only.
  using Strategy = trt::ExecutionContextAllocationStrategy;
  context_ = own(loaded_->engine->createExecutionContext(loaded_->profile < 0 ? Strategy::kSTATIC : Strategy::kON_PROFILE_CHANGE));
  if (!context_) return {Code::kEngineFailed, library_.logger.take_error("TensorRT made no execution context")};
  if (loaded_->profile >= 0) TRY(use_profile());
  for (size_t i = 0; i < loaded_->inputs.size(); ++i) TRY(bind(loaded_->inputs[i], transfers_.input(i)));
  for (size_t i = 0; i < loaded_->outputs.size(); ++i) TRY(bind(loaded_->outputs[i], transfers_.output(i)));
  return {};
}

Status TensorrtContext::use_profile() {
  const auto shapes = [](const std::vector<Border>& borders) {
    std::vector<Shape> out;
    for (const Border& border : borders) out.push_back(border.type.shape);
    return out;
  };
  TRY(select_profile(*context_, loaded_->profile, shapes(loaded_->inputs), shapes(loaded_->outputs), stream_.get()));
  return wait();
}

Status TensorrtContext::bind(const Border& border, CuDevicePtr address) {
  if (context_->setTensorAddress(border.name.c_str(), reinterpret_cast<void*>(address))) return {};
  return {Code::kEngineFailed, str("TensorRT refused an address for ", border.name)};
}

Status TensorrtContext::take_input_from(size_t input, const Context& producer, size_t output) {
  const auto* const other = dynamic_cast<const TensorrtContext*>(&producer);
  if (!other || other->loaded_->library != loaded_->library) return unsupported("the producer is not on this device");
  const TensorType& type = loaded_->inputs[input].type;
  if (other->loaded_->outputs[output].type != type) return unsupported(str("the producer's output is not ", type.text()));
  TRY(bind(loaded_->inputs[input], other->transfers_.output(output)));
  transfers_.take_input(input, other->transfers_.output(output));
  forget_graphs();
  return {};
}

void TensorrtContext::keep_on_device(size_t output) {
  transfers_.keep_output(output);
  forget_graphs();
}

Status TensorrtContext::mark(Mark mark, bool captured) const { return timed() ? timeline_.record(mark, stream_.get(), captured) : Status(); }

Status TensorrtContext::enqueue(bool captured) {
  const CuStream stream = stream_.get();
  TRY(mark(Mark::kBegin, captured));
  TRY(transfers_.copy_inputs(stream));
  TRY(mark(Mark::kInputsCopied, captured));
  if (!context_->enqueueV3(reinterpret_cast<cudaStream_t>(stream))) {
    return {Code::kEngineFailed, library_.logger.take_error("TensorRT could not enqueue the engine")};
  }
  TRY(mark(Mark::kComputed, captured));
  TRY(transfers_.copy_outputs(stream));
  return mark(Mark::kOutputsCopied, captured);
}

/// Captures a run on the stream, whose capture has begun.
Status TensorrtContext::end_capture() {
  const Status enqueued = enqueue(true);
  CuGraph captured = nullptr;
  // A capture that was begun is ended whatever became of it, or the stream takes nothing any more.
  const CuResult ended = cuda_.stream_end_capture(stream_.get(), &captured);
  const Graph graph(captured, {&cuda_});
  TRY(enqueued);
  TRY(check(cuda_, "cuStreamEndCapture", ended));
  CuGraphExec exec = nullptr;
  TRY(check(cuda_, "cuGraphInstantiate", cuda_.graph_instantiate(&exec, captured, 0)));
  this->captured().graph = GraphExec(exec, {&cuda_});
  return {};
}

/// Leaves no graph when the engine cannot be captured now; later runs try again, a few times in all. Comes after a run, in which TensorRT has set up
/// what it does lazily. Builds and loads of others wait meanwhile: what they do to the device may invalidate a capture. While one of those runs, which may
/// take minutes, nothing is tried, since a request is waiting.
void TensorrtContext::capture() {
  const std::unique_lock lock(library_.mutex, std::try_to_lock);
  if (!lock) return;
  const int left = --captured().captures_left;
  Status status = check(cuda_, "cuStreamBeginCapture", cuda_.stream_begin_capture(stream_.get(), kCuCaptureThreadLocal));
  const bool begun = status.ok();
  if (begun) status = end_capture();
  if (status.ok()) return;
  library_.logger.warn(
      str("an engine was not captured as a graph, ", left > 0 ? "the next run tries again" : "each run enqueues its parts", ": ", status.message()));
  if (!begun) return;
  // A context remembers a capture that failed until it has been enqueued once more; that run's answer is nobody's.
  static_cast<void>(enqueue(false));
  static_cast<void>(cuda_.stream_synchronize(stream_.get()));
}

Status TensorrtContext::follow(const Context& first) {
  const auto* const other = dynamic_cast<const TensorrtContext*>(&first);
  if (!other || other->loaded_->library != loaded_->library) return unsupported("the other context is not on this device");
  stream_ = other->stream_;
  return {};
}

Status TensorrtContext::launch(const RunArgs& args) {
  TRY(library_.enter());
  const int64_t begin = now_ns();
  bool changed = false;
  TRY(transfers_.settle(args, changed));
  if (changed) forget_graphs();
  transfers_.fill_staging(args);
  const GraphExec& graph = captured().graph;
  TRY(graph ? check(cuda_, "cuGraphLaunch", cuda_.graph_launch(graph.get(), stream_.get())) : enqueue(false));
  times_.dispatch = now_ns() - begin;
  return {};
}

/// What was enqueued before the failure must not reach the caller's memory later. TensorRT's own message may not tell that the device is lost.
Status TensorrtContext::failed(const Status& status) const {
  const Status after = wait();
  if (after.ok() || after.message() == status.message()) return status;
  return {status.code(), str(status.message(), "; ", after.message())};
}

Status TensorrtContext::start(const RunArgs& args) {
  times_ = {};
  times_unread_ = false;
  const Status status = launch(args);
  return status.ok() ? status : failed(status);
}

Status TensorrtContext::finish(const RunArgs& args, bool waited) {
  if (!waited) TRY(wait());
  transfers_.empty_staging(args);
  times_unread_ = timed();
  if (!captured().graph && captured().captures_left > 0) capture();
  return {};
}

Status TensorrtContext::run(const RunArgs& args) {
  TRY(start(args));
  return finish(args, false);
}

DeviceTimes TensorrtContext::device_times() const {
  // The run has been waited for, so only a device lost meanwhile could fail here: its times stay zero, and the next run says why.
  if (std::exchange(times_unread_, false)) static_cast<void>(timeline_.read(times_));
  return times_;
}

std::vector<std::pair<std::string, int64_t>> TensorrtContext::step_times() const {
  if (!profiling_) return {};
  const DeviceTimes times = device_times();
  return {{"host_dispatch", times.dispatch}, {"host_to_device", times.to_device}, {"device_compute", times.compute}, {"device_to_host", times.to_host}};
}

}  // namespace

Result<std::unique_ptr<Context>> make_context(std::shared_ptr<const Loaded> loaded) {
  auto context = std::make_unique<TensorrtContext>(std::move(loaded));
  TRY(context->prepare());
  return std::unique_ptr<Context>(std::move(context));
}

}  // namespace mindird::engines::tensorrt
