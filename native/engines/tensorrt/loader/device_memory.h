// Memory of the device the engine runs on, and page-locked memory of the host for it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace mindird::engines::tensorrt {

struct CudaLibrary;

/// Of the whole device, other processes included.
struct DeviceUse {
  std::string device;
  size_t used = 0;
  size_t total = 0;
};

/// Makes the first device's memory known to the process. `cuda` outlives it.
void offer_device(const CudaLibrary& cuda);

/// Nothing before a device was offered, or when its driver does not answer.
std::optional<DeviceUse> device_use();

}  // namespace mindird::engines::tensorrt
