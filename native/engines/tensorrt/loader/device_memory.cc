#include "engines/tensorrt/loader/device_memory.h"

#include <algorithm>
#include <atomic>

#include "engines/page_locked.h"
#include "engines/tensorrt/loader/cuda_library.h"

namespace mindird::engines::tensorrt {
namespace {

std::atomic<const CudaLibrary*> offered{nullptr};

bool enter(const CudaLibrary& cuda) { return cuda.api.context_set(cuda.devices.front().context) == kCuSuccess; }

PageLockedMemory allocate(const CudaLibrary& cuda, size_t bytes) {
  void* memory = nullptr;
  if (!enter(cuda) || cuda.api.host_alloc(&memory, std::max<size_t>(bytes, 1)) != kCuSuccess) return nullptr;
  return {static_cast<std::byte*>(memory), [&cuda](std::byte* block) {
            if (enter(cuda)) cuda.api.host_free(block);
          }};
}

}  // namespace

void offer_device(const CudaLibrary& cuda) {
  offered = &cuda;
  set_page_locked_allocator([&cuda](size_t bytes) { return allocate(cuda, bytes); });
}

std::optional<DeviceUse> device_use() {
  const CudaLibrary* const cuda = offered;
  size_t free = 0;
  size_t total = 0;
  if (!cuda || !enter(*cuda) || cuda->api.memory_info(&free, &total) != kCuSuccess) return std::nullopt;
  return DeviceUse{cuda->devices.front().name, total - free, total};
}

}  // namespace mindird::engines::tensorrt
