#include "engines/tensorrt/cuda.h"

#include <algorithm>

#include "base/strings.h"

namespace mindird::engines::tensorrt {

Status check(const CudaApi& api, std::string_view function, CuResult result) {
  if (result == kCuSuccess) return {};
  const char* name = nullptr;
  if (api.error_name(result, &name) != kCuSuccess || !name) name = "unknown error";
  return {result == kCuOutOfMemory ? Code::kOutOfMemory : Code::kEngineFailed, str(function, ": ", name, " (", result, ")")};
}

Result<Stream> make_stream(const CudaApi& api) {
  CuStream stream = nullptr;
  TRY(check(api, "cuStreamCreate", api.stream_create(&stream, kCuStreamNonBlocking)));
  return Stream(stream, {&api});
}

Result<Event> make_event(const CudaApi& api) {
  CuEvent event = nullptr;
  TRY(check(api, "cuEventCreate", api.event_create(&event, 0)));
  return Event(event, {&api});
}

Result<Pinned> make_pinned(const CudaApi& api, size_t bytes) {
  void* memory = nullptr;
  TRY(check(api, str("cuMemAllocHost of ", bytes, " bytes"), api.host_alloc(&memory, std::max<size_t>(bytes, 1))));
  return Pinned(memory, {&api});
}

Result<DeviceMemory> DeviceMemory::allocate(const CudaApi& api, size_t bytes) {
  DeviceMemory out;
  out.api_ = &api;
  TRY(check(api, str("cuMemAlloc of ", bytes, " bytes"), api.memory_alloc(&out.address_, std::max<size_t>(bytes, 1))));
  return out;
}

}  // namespace mindird::engines::tensorrt
