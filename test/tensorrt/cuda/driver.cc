// The functions of the CUDA driver the project calls, on host memory and threads. Never shipped: it stands in for libcuda.so.1 in tests.
#include <chrono>
#include <cstring>
#include <new>
#include <thread>

#include "memory.h"
#include "settings.h"
#include "stream.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using namespace mindird::test_cuda;
using Clock = std::chrono::steady_clock;

enum Answer : int32_t { kOk = 0, kInvalidValue = 1, kOutOfMemory = 2, kNotInitialized = 3, kInvalidDevice = 101, kInvalidContext = 201, kLaunchFailed = 719, kNotSupported = 801 };

struct Event {
  Clock::time_point at;
};

bool initialised = false;
int primary_context = 0;
thread_local void* current = nullptr;

int32_t ready() { return !initialised ? kNotInitialized : current ? kOk : kInvalidContext; }

void take_time() {
  if (settings().kernel_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(settings().kernel_us));
}

}  // namespace

EXPORT int32_t cuInit(uint32_t) {
  initialised = settings().init == 0;
  return static_cast<int32_t>(settings().init);
}
EXPORT int32_t cuDriverGetVersion(int32_t* version) {
  *version = static_cast<int32_t>(settings().driver);
  return kOk;
}
EXPORT int32_t cuGetErrorName(int32_t error, const char** name) {
  constexpr std::pair<int32_t, const char*> kNames[] = {{kOk, "CUDA_SUCCESS"},
                                                        {kInvalidValue, "CUDA_ERROR_INVALID_VALUE"},
                                                        {kOutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY"},
                                                        {kNotInitialized, "CUDA_ERROR_NOT_INITIALIZED"},
                                                        {100, "CUDA_ERROR_NO_DEVICE"},
                                                        {kInvalidDevice, "CUDA_ERROR_INVALID_DEVICE"},
                                                        {kInvalidContext, "CUDA_ERROR_INVALID_CONTEXT"},
                                                        {kLaunchFailed, "CUDA_ERROR_LAUNCH_FAILED"},
                                                        {kNotSupported, "CUDA_ERROR_NOT_SUPPORTED"}};
  for (const auto& [value, text] : kNames) {
    if (value == error) {
      *name = text;
      return kOk;
    }
  }
  return kInvalidValue;
}
EXPORT int32_t cuDeviceGetCount(int32_t* count) {
  *count = static_cast<int32_t>(settings().devices);
  return initialised ? kOk : kNotInitialized;
}
EXPORT int32_t cuDeviceGet(int32_t* device, int32_t ordinal) {
  *device = ordinal;
  return ordinal >= 0 && ordinal < settings().devices ? kOk : kInvalidDevice;
}
EXPORT int32_t cuDeviceGetName(char* name, int32_t size, int32_t) {
  std::strncpy(name, "test device on the host", static_cast<size_t>(size) - 1);
  name[size - 1] = '\0';
  return kOk;
}
EXPORT int32_t cuDeviceGetAttribute(int32_t* value, int32_t attribute, int32_t) {
  const auto capability = static_cast<int32_t>(settings().capability);
  if (attribute != 75 && attribute != 76) return kInvalidValue;
  *value = attribute == 75 ? capability / 10 : capability % 10;
  return kOk;
}
EXPORT int32_t cuDeviceTotalMem_v2(size_t* bytes, int32_t) {
  *bytes = static_cast<size_t>(settings().memory);
  return kOk;
}
EXPORT int32_t cuDevicePrimaryCtxRetain(void** context, int32_t) {
  *context = &primary_context;
  return initialised ? kOk : kNotInitialized;
}
EXPORT int32_t cuCtxSetCurrent(void* context) {
  current = context;
  return context == nullptr || context == &primary_context ? kOk : kInvalidContext;
}
EXPORT int32_t cuMemGetInfo_v2(size_t* free, size_t* total) {
  *total = static_cast<size_t>(settings().memory);
  *free = *total - Memory::instance().used();
  return ready();
}
EXPORT int32_t cuMemAlloc_v2(uint64_t* memory, size_t bytes) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  if (bytes == 0) return kInvalidValue;
  if (strikes(settings().fail_alloc)) return kOutOfMemory;
  *memory = Memory::instance().allocate(bytes);
  return *memory ? kOk : kOutOfMemory;
}
EXPORT int32_t cuMemFree_v2(uint64_t memory) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  return Memory::instance().free(memory) ? kOk : kInvalidValue;
}
EXPORT int32_t cuMemAllocHost_v2(void** memory, size_t bytes) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  *memory = ::operator new(bytes, std::align_val_t{256}, std::nothrow);
  return *memory ? kOk : kOutOfMemory;
}
EXPORT int32_t cuMemFreeHost(void* memory) {
  ::operator delete(memory, std::align_val_t{256});
  return ready();
}
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
  if (const int32_t answer = ready(); answer != kOk) return answer;
  stream->synchronize();
  return kOk;
}
EXPORT int32_t cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, Stream* stream) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  if (!Memory::instance().contains(to, bytes)) return kInvalidValue;
  stream->push([to, from, bytes] { std::memcpy(reinterpret_cast<void*>(to), from, bytes); });
  return kOk;
}
EXPORT int32_t cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, Stream* stream) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  if (!Memory::instance().contains(from, bytes)) return kInvalidValue;
  stream->push([to, from, bytes] { std::memcpy(to, reinterpret_cast<const void*>(from), bytes); });
  return kOk;
}
/// What the test libnvinfer runs its "kernels" with.
EXPORT int32_t cuLaunchHostFunc(Stream* stream, void (*function)(void*), void* argument) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  if (strikes(settings().fail_launch)) return kLaunchFailed;
  stream->push([function, argument] {
    take_time();
    function(argument);
  });
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
  return ready();
}
EXPORT int32_t cuGraphInstantiateWithFlags(Graph** exec, Graph* graph, uint64_t) {
  *exec = new Graph(*graph);
  return ready();
}
EXPORT int32_t cuGraphLaunch(Graph* exec, Stream* stream) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  if (strikes(settings().fail_launch)) return kLaunchFailed;
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
EXPORT int32_t cuEventRecord(Event* event, Stream* stream) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  stream->push([event] { event->at = Clock::now(); });
  return kOk;
}
EXPORT int32_t cuEventElapsedTime(float* milliseconds, Event* from, Event* to) {
  *milliseconds = std::chrono::duration<float, std::milli>(to->at - from->at).count();
  return kOk;
}
