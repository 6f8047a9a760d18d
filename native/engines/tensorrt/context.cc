// Running an engine. A context has its own stream, staging memory and device memory, addresses are set once, and from the second run on the
// computation is one captured graph, so that a run costs the host a handful of driver calls:
//
//   host inputs ─memcpy─► staging ─copy─► device │ graph launch │ device ─copy─► staging ─memcpy─► host outputs
//                                       e0      e1             e2             e3   events of the stage times
#include <array>
#include <cstring>

#include "base/clock.h"
#include "base/strings.h"
#include "engines/tensorrt/executable.h"

namespace mindird::engines::tensorrt {
namespace {

class TensorrtContext final : public Context {
 public:
  explicit TensorrtContext(std::shared_ptr<const Loaded> loaded) : loaded_(std::move(loaded)), library_(*loaded_->library), cuda_(library_.cuda) {}
  ~TensorrtContext() override;

  Status prepare();
  Status run(const RunArgs& args) override;
  std::vector<std::pair<std::string, int64_t>> step_times() const override { return times_; }
  void set_profiling(bool on) override {
    profiling_ = on;
    times_.clear();
  }

 private:
  Status bind_addresses();
  Status enqueue();
  Status launch();
  void capture();
  Status record(size_t event);
  Status read_times(int64_t dispatch_ns);
  std::byte* staging(const Border& border) const { return static_cast<std::byte*>(staging_.get()) + border.offset; }
  std::byte* result(const Border& border) const { return staging(border) + loaded_->input_bytes; }

  std::shared_ptr<const Loaded> loaded_;
  const Library& library_;
  const CudaApi& cuda_;
  Stream stream_;
  Pinned staging_;              // inputs, then outputs
  DeviceMemory device_;         // the same layout
  std::array<Event, 4> events_;
  Owned<trt::IExecutionContext> context_;
  GraphExec graph_;
  bool warm_ = false;           // one run has gone through: TensorRT has set up what it does lazily
  bool profiling_ = false;
  std::vector<std::pair<std::string, int64_t>> times_;
};

TensorrtContext::~TensorrtContext() {
  // The members' destructors call the driver.
  const Status status = library_.enter();
  if (stream_ && status.ok()) cuda_.stream_synchronize(stream_.get());
}

Status TensorrtContext::prepare() {
  TRY(library_.enter());
  const size_t bytes = loaded_->input_bytes + loaded_->output_bytes;
  TRY_ASSIGN(stream_, make_stream(cuda_));
  TRY_ASSIGN(staging_, make_pinned(cuda_, bytes));
  TRY_ASSIGN(device_, DeviceMemory::allocate(cuda_, bytes));
  for (Event& event : events_) {
    TRY_ASSIGN(event, make_event(cuda_));
  }
  const std::lock_guard lock(library_.mutex);
  library_.logger.take_error("");
  context_ = own(loaded_->engine->createExecutionContext(trt::ExecutionContextAllocationStrategy::kSTATIC));
  if (!context_) return {Code::kEngineFailed, library_.logger.take_error("TensorRT made no execution context")};
  return bind_addresses();
}

Status TensorrtContext::bind_addresses() {
  const auto bind = [&](const Border& border, size_t base) {
    const bool bound = context_->setTensorAddress(border.name.c_str(), static_cast<std::byte*>(device_.pointer()) + base + border.offset);
    return bound ? Status() : Status(Code::kEngineFailed, str("TensorRT refused an address for ", border.name));
  };
  for (const Border& border : loaded_->inputs) TRY(bind(border, 0));
  for (const Border& border : loaded_->outputs) TRY(bind(border, loaded_->input_bytes));
  return {};
}

Status TensorrtContext::enqueue() {
  if (context_->enqueueV3(reinterpret_cast<cudaStream_t>(stream_.get()))) return {};
  return {Code::kEngineFailed, library_.logger.take_error("TensorRT could not enqueue the engine")};
}

Status TensorrtContext::launch() {
  if (graph_) return check(cuda_, "cuGraphLaunch", cuda_.graph_launch(graph_.get(), stream_.get()));
  return enqueue();
}

/// Leaves graph_ empty when the engine cannot be captured; it is then enqueued anew each time.
void TensorrtContext::capture() {
  if (cuda_.stream_begin_capture(stream_.get(), kCuCaptureThreadLocal) != kCuSuccess) return;
  const Status enqueued = enqueue();
  CuGraph captured = nullptr;
  const CuResult ended = cuda_.stream_end_capture(stream_.get(), &captured);
  const Graph graph(captured, {&cuda_});
  CuGraphExec exec = nullptr;
  if (!enqueued.ok() || ended != kCuSuccess || cuda_.graph_instantiate(&exec, captured, 0) != kCuSuccess) return;
  graph_ = GraphExec(exec, {&cuda_});
}

Status TensorrtContext::record(size_t event) {
  return profiling_ ? check(cuda_, "cuEventRecord", cuda_.event_record(events_[event].get(), stream_.get())) : Status();
}

Status TensorrtContext::run(const RunArgs& args) {
  TRY(library_.enter());
  const int64_t begin = now_ns();
  const CuDevicePtr device = device_.address();
  const auto copy_in = [&](const Border& b) { return check(cuda_, "cuMemcpyHtoDAsync", cuda_.copy_to_device(device + b.offset, staging(b), b.type.bytes(), stream_.get())); };
  const auto copy_out = [&](const Border& b) {
    return check(cuda_, "cuMemcpyDtoHAsync", cuda_.copy_to_host(result(b), device + loaded_->input_bytes + b.offset, b.type.bytes(), stream_.get()));
  };
  TRY(record(0));
  for (size_t i = 0; i < loaded_->inputs.size(); ++i) {
    std::memcpy(staging(loaded_->inputs[i]), args.inputs[i].data, loaded_->inputs[i].type.bytes());
    TRY(copy_in(loaded_->inputs[i]));
  }
  TRY(record(1));
  TRY(launch());
  TRY(record(2));
  for (const Border& border : loaded_->outputs) TRY(copy_out(border));
  TRY(record(3));
  const int64_t dispatched = now_ns() - begin;
  TRY(check(cuda_, "cuStreamSynchronize", cuda_.stream_synchronize(stream_.get())));
  for (size_t i = 0; i < loaded_->outputs.size(); ++i) std::memcpy(args.outputs[i].data, result(loaded_->outputs[i]), loaded_->outputs[i].type.bytes());
  if (profiling_) TRY(read_times(dispatched));
  if (!warm_) capture();
  warm_ = true;
  return {};
}

Status TensorrtContext::read_times(int64_t dispatch_ns) {
  constexpr std::array<const char*, 3> kStages = {"host_to_device", "device_compute", "device_to_host"};
  times_ = {{"host_dispatch", dispatch_ns}};
  for (size_t i = 0; i < kStages.size(); ++i) {
    float milliseconds = 0;
    TRY(check(cuda_, "cuEventElapsedTime", cuda_.event_elapsed(&milliseconds, events_[i].get(), events_[i + 1].get())));
    times_.emplace_back(kStages[i], static_cast<int64_t>(static_cast<double>(milliseconds) * 1e6));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Context>> make_context(std::shared_ptr<const Loaded> loaded) {
  auto context = std::make_unique<TensorrtContext>(std::move(loaded));
  TRY(context->prepare());
  return std::unique_ptr<Context>(std::move(context));
}

}  // namespace mindird::engines::tensorrt
