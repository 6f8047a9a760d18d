// The functions of the CUDA driver the project calls, on host memory and threads. Never shipped: it stands in for libcuda.so.1 in tests. This
// file has those on devices and memory, driver_streams.cc those on streams, graphs and events.
#include <cstring>
#include <utility>

#include "device.h"
#include "memory.h"
#include "settings.h"
#include "trace.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using namespace mindird::test_cuda;

int primary_context = 0;

}  // namespace

EXPORT int32_t cuInit(uint32_t) {
  set_initialised(settings().init == 0);
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
                                                        {kLaunchOutOfResources, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"},
                                                        {kLaunchFailed, "CUDA_ERROR_LAUNCH_FAILED"},
                                                        {kNotSupported, "CUDA_ERROR_NOT_SUPPORTED"},
                                                        {kCaptureUnsupported, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"},
                                                        {kCaptureInvalidated, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"}};
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
  return is_initialised() ? kOk : kNotInitialized;
}
EXPORT int32_t cuDeviceGet(int32_t* device, int32_t ordinal) {
  *device = ordinal;
  return ordinal >= 0 && ordinal < settings().devices ? kOk : kInvalidDevice;
}
EXPORT int32_t cuDeviceGetName(char* name, int32_t size, int32_t) {
  std::strncpy(name, "test device on the host (no GPU)", static_cast<size_t>(size) - 1);
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
EXPORT int32_t cuDevicePrimaryCtxSetFlags_v2(int32_t device, uint32_t flags) {
  if (!is_initialised()) return kNotInitialized;
  if (device < 0 || device >= settings().devices) return kInvalidDevice;
  // cuda.h: one way of scheduling at most, of 0 (automatic), 1, 2 and 4.
  if (flags != 0 && flags != 1 && flags != 2 && flags != 4) return kInvalidValue;
  counters().context_flags = flags;
  return kOk;
}
EXPORT int32_t cuDevicePrimaryCtxRetain(void** context, int32_t) {
  *context = &primary_context;
  return is_initialised() ? kOk : kNotInitialized;
}
EXPORT int32_t cuCtxSetCurrent(void* context) {
  set_current(context);
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
  if (bytes == 0) return kInvalidValue;
  *memory = HostMemory::instance().allocate(bytes);
  return *memory ? kOk : kOutOfMemory;
}
EXPORT int32_t cuMemFreeHost(void* memory) {
  if (!HostMemory::instance().free(memory)) return kInvalidValue;
  return ready();
}
/// Like the real one it knows nothing of ordinary memory.
EXPORT int32_t cuPointerGetAttribute(void* value, int32_t attribute, uint64_t pointer) {
  if (const int32_t answer = ready(); answer != kOk) return answer;
  if (attribute != 2) return kInvalidValue;
  const bool host = HostMemory::instance().contains(reinterpret_cast<const void*>(pointer), 1);
  if (!host && !Memory::instance().contains(pointer, 1)) return kInvalidValue;
  *static_cast<uint32_t*>(value) = host ? 1 : 2;
  return kOk;
}
