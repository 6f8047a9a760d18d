// The CUDA driver of this machine, loaded by dlopen.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "engines/tensorrt/api/cuda_api.h"
#include "engines/tensorrt/api/module.h"

namespace mindird::engines::tensorrt {

struct CudaLibrary {
  CudaApi api;
  std::string file;             // the library
  std::vector<Device> devices;  // at least one; the context of the first is retained
};

/// Loads the driver's library, given by name or path, initialises it and lists the devices. The error says which of these steps failed and how.
/// `blocks`: threads that wait for the device sleep, rather than spin.
Result<CudaLibrary> load_cuda(const std::string& library, bool blocks = false);

}  // namespace mindird::engines::tensorrt
