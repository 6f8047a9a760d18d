#include "engines/tensorrt/cuda.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace mindird::engines::tensorrt {
namespace {

/// Errors of what ran on the device: the driver's context is damaged by them, and every later call of the process gives the same answer.
constexpr std::array<CuResult, 11> kLosesDevice = {214, 700, 702, 710, 714, 715, 716, 717, 718, 719, 999};

}  // namespace

Status check(const CudaApi& api, std::string_view function, CuResult result) {
  if (result == kCuSuccess) return {};
  const char* name = nullptr;
  if (api.error_name(result, &name) != kCuSuccess || !name) name = "unknown error";
  const bool lost = std::find(kLosesDevice.begin(), kLosesDevice.end(), result) != kLosesDevice.end();
  return {result == kCuOutOfMemory ? Code::kOutOfMemory : Code::kEngineFailed,
          str(function, ": ", name, " (", result, ")", lost ? "; the process has lost the device and must be restarted" : "")};
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

bool is_page_locked(const CudaApi& api, const void* memory, size_t bytes) {
  const auto locked = [&](CuDevicePtr address) {
    uint32_t type = 0;
    return api.pointer_attribute(&type, kCuPointerMemoryType, address) == kCuSuccess && type == kCuMemoryTypeHost;
  };
  const auto first = reinterpret_cast<CuDevicePtr>(memory);
  return bytes > 0 && locked(first) && locked(first + bytes - 1);
}

Result<DeviceMemory> DeviceMemory::allocate(const CudaApi& api, size_t bytes) {
  DeviceMemory out;
  out.api_ = &api;
  TRY(check(api, str("cuMemAlloc of ", bytes, " bytes"), api.memory_alloc(&out.address_, std::max<size_t>(bytes, 1))));
  return out;
}

}  // namespace mindird::engines::tensorrt
