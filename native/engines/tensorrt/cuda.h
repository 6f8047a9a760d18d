// Owners of what the CUDA driver gives out, and its results as Status.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "engines/tensorrt/api/module.h"

namespace mindird::engines::tensorrt {

/// Success, OUT_OF_MEMORY, or ENGINE_FAILED naming function and error, and saying so where the process has lost the device with it.
Status check(const CudaApi& api, std::string_view function, CuResult result);

/// Frees with a function of the driver's table.
template <class T, auto Member>
struct CuFree {
  const CudaApi* api = nullptr;
  void operator()(T* object) const { (api->*Member)(object); }
};

using Stream = std::unique_ptr<CuStreamState, CuFree<CuStreamState, &CudaApi::stream_destroy>>;
using Event = std::unique_ptr<CuEventState, CuFree<CuEventState, &CudaApi::event_destroy>>;
using Graph = std::unique_ptr<CuGraphState, CuFree<CuGraphState, &CudaApi::graph_destroy>>;
using GraphExec = std::unique_ptr<CuGraphExecState, CuFree<CuGraphExecState, &CudaApi::graph_exec_destroy>>;
/// Page-locked host memory, which copies without a detour.
using Pinned = std::unique_ptr<void, CuFree<void, &CudaApi::host_free>>;

Result<Stream> make_stream(const CudaApi& api);
Result<Event> make_event(const CudaApi& api);
Result<Pinned> make_pinned(const CudaApi& api, size_t bytes);

/// Whether copies from and to [memory, memory + bytes) need no detour.
bool is_page_locked(const CudaApi& api, const void* memory, size_t bytes);

/// Memory on the device.
class DeviceMemory {
 public:
  static Result<DeviceMemory> allocate(const CudaApi& api, size_t bytes);
  DeviceMemory() = default;
  DeviceMemory(DeviceMemory&& other) noexcept : api_(other.api_), address_(std::exchange(other.address_, 0)) {}
  DeviceMemory& operator=(DeviceMemory&& other) noexcept {
    std::swap(api_, other.api_);
    std::swap(address_, other.address_);
    return *this;
  }
  ~DeviceMemory() {
    if (address_) api_->memory_free(address_);
  }
  CuDevicePtr address() const { return address_; }
  void* pointer() const { return reinterpret_cast<void*>(address_); }

 private:
  const CudaApi* api_ = nullptr;
  CuDevicePtr address_ = 0;
};

}  // namespace mindird::engines::tensorrt
