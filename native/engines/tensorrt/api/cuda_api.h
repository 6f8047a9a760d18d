// The CUDA driver functions the engine uses, as a table filled by dlsym from libcuda.so.1. The declarations are the project's own, after the
// driver's documented ABI, so that neither building nor starting needs any CUDA package.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mindird::engines::tensorrt {

using CuResult = int32_t;  // 0 is success
using CuDevice = int32_t;
using CuDevicePtr = uint64_t;
struct CuContextState;
struct CuStreamState;
struct CuEventState;
struct CuGraphState;
struct CuGraphExecState;
using CuContext = CuContextState*;
using CuStream = CuStreamState*;
using CuEvent = CuEventState*;
using CuGraph = CuGraphState*;
using CuGraphExec = CuGraphExecState*;

inline constexpr CuResult kCuSuccess = 0;
inline constexpr CuResult kCuOutOfMemory = 2;
inline constexpr CuResult kCuCaptureUnsupported = 900;
inline constexpr int32_t kCuMajor = 75;  // device attributes: compute capability
inline constexpr int32_t kCuMinor = 76;
inline constexpr uint32_t kCuScheduleSpin = 1;  // how a thread of the host waits for the device (cuda.h, CUctx_flags)
inline constexpr uint32_t kCuScheduleBlocking = 4;
inline constexpr uint32_t kCuStreamNonBlocking = 1;  // does not wait for the default stream
inline constexpr uint32_t kCuCaptureThreadLocal = 1;
inline constexpr uint32_t kCuEventRecordDefault = 0;
inline constexpr uint32_t kCuEventRecordExternal = 1;  // in a captured graph: recorded at every launch; invalid elsewhere
inline constexpr int32_t kCuPointerMemoryType = 2;     // pointer attribute
inline constexpr uint32_t kCuMemoryTypeHost = 1;       // page-locked memory of the host

/// CU(name, symbol, parameters): one entry per function; symbols carry the driver's version suffixes.
#define MINDIRD_CUDA_FUNCTIONS(CU)                                                                              \
  CU(init, "cuInit", (uint32_t flags))                                                                          \
  CU(driver_version, "cuDriverGetVersion", (int32_t * version))                                                 \
  CU(error_name, "cuGetErrorName", (CuResult result, const char** name))                                        \
  CU(device_count, "cuDeviceGetCount", (int32_t * count))                                                       \
  CU(device_get, "cuDeviceGet", (CuDevice * device, int32_t ordinal))                                           \
  CU(device_name, "cuDeviceGetName", (char* name, int32_t size, CuDevice device))                               \
  CU(device_attribute, "cuDeviceGetAttribute", (int32_t * value, int32_t attribute, CuDevice device))           \
  CU(device_memory, "cuDeviceTotalMem_v2", (size_t * bytes, CuDevice device))                                   \
  CU(context_flags, "cuDevicePrimaryCtxSetFlags_v2", (CuDevice device, uint32_t flags))                         \
  CU(context_retain, "cuDevicePrimaryCtxRetain", (CuContext * context, CuDevice device))                        \
  CU(context_set, "cuCtxSetCurrent", (CuContext context))                                                       \
  CU(memory_info, "cuMemGetInfo_v2", (size_t * free, size_t * total))                                           \
  CU(memory_alloc, "cuMemAlloc_v2", (CuDevicePtr * memory, size_t bytes))                                       \
  CU(memory_free, "cuMemFree_v2", (CuDevicePtr memory))                                                         \
  CU(host_alloc, "cuMemAllocHost_v2", (void** memory, size_t bytes))                                            \
  CU(host_free, "cuMemFreeHost", (void* memory))                                                                \
  CU(pointer_attribute, "cuPointerGetAttribute", (void* value, int32_t attribute, CuDevicePtr pointer))         \
  CU(copy_to_device, "cuMemcpyHtoDAsync_v2", (CuDevicePtr to, const void* from, size_t bytes, CuStream stream)) \
  CU(copy_to_host, "cuMemcpyDtoHAsync_v2", (void* to, CuDevicePtr from, size_t bytes, CuStream stream))         \
  CU(stream_create, "cuStreamCreate", (CuStream * stream, uint32_t flags))                                      \
  CU(stream_destroy, "cuStreamDestroy_v2", (CuStream stream))                                                   \
  CU(stream_synchronize, "cuStreamSynchronize", (CuStream stream))                                              \
  CU(stream_begin_capture, "cuStreamBeginCapture_v2", (CuStream stream, uint32_t mode))                         \
  CU(stream_end_capture, "cuStreamEndCapture", (CuStream stream, CuGraph * graph))                              \
  CU(event_create, "cuEventCreate", (CuEvent * event, uint32_t flags))                                          \
  CU(event_destroy, "cuEventDestroy_v2", (CuEvent event))                                                       \
  CU(event_record, "cuEventRecordWithFlags", (CuEvent event, CuStream stream, uint32_t flags))                  \
  CU(event_elapsed, "cuEventElapsedTime", (float* milliseconds, CuEvent from, CuEvent to))                      \
  CU(graph_instantiate, "cuGraphInstantiateWithFlags", (CuGraphExec * exec, CuGraph graph, uint64_t flags))     \
  CU(graph_launch, "cuGraphLaunch", (CuGraphExec exec, CuStream stream))                                        \
  CU(graph_exec_destroy, "cuGraphExecDestroy", (CuGraphExec exec))                                              \
  CU(graph_destroy, "cuGraphDestroy", (CuGraph graph))

struct CudaApi {
#define MINDIRD_CUDA_MEMBER(name, symbol, parameters) CuResult(*name) parameters = nullptr;
  MINDIRD_CUDA_FUNCTIONS(MINDIRD_CUDA_MEMBER)
#undef MINDIRD_CUDA_MEMBER
};

}  // namespace mindird::engines::tensorrt
