// The functions of the CUDA driver on streams, graphs and events, on threads. What a captured graph may not hold is
// refused as the real driver refuses it: copies of memory that is not page-locked, waiting, events that are not
// recorded as external.
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "device.h"
#include "memory.h"
#include "settings.h"
#include "stream.h"
#include "trace.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using namespace mindird::test_cuda;
using Clock = std::chrono::steady_clock;

struct Event {
  Clock::time_point at;
};

/// The host's side of a launch.
class Launch {
 public:
  explicit Launch(const Stream* stream) : stream_(stream) {
    trace(Point::kEnqueueBegin, stream_);
    if (settings().enqueue_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(settings().enqueue_us));
  }
  ~Launch() { trace(Point::kEnqueueEnd, stream_); }

 private:
  const Stream* stream_;
};

int32_t may_copy(uint64_t device, const void* host, size_t bytes, const Stream& stream) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  if (!Memory::instance().contains(device, bytes)) return kInvalidValue;
  return stream.capturing() && !HostMemory::instance().contains(host, bytes) ? kCaptureUnsupported : kOk;
}

}  // namespace

EXPORT int32_t cuStreamCreate(Stream** stream, uint32_t) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  *stream = new Stream();
  return kOk;
}
EXPORT int32_t cuStreamDestroy_v2(Stream* stream) {
  delete stream;
  return ready();
}
EXPORT int32_t cuStreamSynchronize(Stream* stream) {
  if (stream->capturing()) return kCaptureUnsupported;
  ++counters().waits;
  // Waits even for a device that is lost, since what is freed next may still be in use by the stream's thread.
  stream->synchronize();
  return ready();
}
EXPORT int32_t cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, Stream* stream) {
  if (const int32_t answer = may_copy(to, from, bytes, *stream); answer != kOk) return answer;
  stream->push([to, from, bytes] {
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
    ++counters().copies_to_device;
    counters().bytes_to_device += static_cast<int64_t>(bytes);
  });
  return kOk;
}
EXPORT int32_t cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, Stream* stream) {
  if (const int32_t answer = may_copy(from, to, bytes, *stream); answer != kOk) return answer;
  stream->push([to, from, bytes] {
    std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
    ++counters().copies_to_host;
    counters().bytes_to_host += static_cast<int64_t>(bytes);
  });
  return kOk;
}
/// What the test libnvinfer runs its "kernels" with.
EXPORT int32_t cuLaunchHostFunc(Stream* stream, void (*function)(void*), void* argument) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  const Work kernel = [stream, function, argument] { run_kernel(stream, function, argument); };
  if (stream->capturing()) {
    stream->push(kernel);
    return kOk;
  }
  if (strikes(settings().fail_launch)) return kLaunchOutOfResources;
  const Launch launch(stream);
  stream->push(kernel);
  return kOk;
}
EXPORT int32_t cuStreamBeginCapture_v2(Stream* stream, uint32_t) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  if (settings().capture == 0) return kNotSupported;
  stream->begin_capture();
  return kOk;
}
EXPORT int32_t cuStreamEndCapture(Stream* stream, Graph** graph) {
  if (!stream->capturing()) return kInvalidValue;
  *graph = stream->end_capture();
  // cuda.h: a capture that was invalidated ends with this, and with no graph.
  if (strikes(settings().fail_capture)) {
    delete std::exchange(*graph, nullptr);
    return kCaptureInvalidated;
  }
  ++counters().captures;
  return ready();
}
EXPORT int32_t cuGraphInstantiateWithFlags(Graph** exec, Graph* graph, uint64_t) {
  *exec = new Graph(*graph);
  return ready();
}
EXPORT int32_t cuGraphLaunch(Graph* exec, Stream* stream) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  if (strikes(settings().fail_launch)) return kLaunchOutOfResources;
  const Launch launch(stream);
  ++counters().graph_launches;
  for (const Work& work : exec->work) stream->push(work);
  return kOk;
}
EXPORT int32_t cuGraphExecDestroy(Graph* exec) {
  delete exec;
  return kOk;
}
EXPORT int32_t cuGraphDestroy(Graph* graph) {
  delete graph;
  return kOk;
}
EXPORT int32_t cuEventCreate(Event** event, uint32_t) {
  *event = new Event();
  return ready();
}
EXPORT int32_t cuEventDestroy_v2(Event* event) {
  delete event;
  return kOk;
}
EXPORT int32_t cuEventRecordWithFlags(Event* event, Stream* stream, uint32_t flags) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  const bool external = flags == 1;
  if (flags > 1 || external != stream->capturing()) return kInvalidValue;
  stream->push([event] {
    event->at = Clock::now();
    ++counters().events;
  });
  return kOk;
}
EXPORT int32_t cuEventElapsedTime(float* milliseconds, Event* from, Event* to) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  *milliseconds = std::chrono::duration<float, std::milli>(to->at - from->at).count();
  return kOk;
}
