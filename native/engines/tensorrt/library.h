// What one engine of this process works with: the loaded libnvinfer, the CUDA driver and the device.
#pragma once

#include <mutex>

#include "engines/tensorrt/cuda.h"
#include "engines/tensorrt/logger.h"
#include "engines/tensorrt/nvinfer.h"

namespace mindird::engines::tensorrt {

struct Library {
  explicit Library(const ModuleArgs& args) : cuda(*args.cuda), device(*args.device), version(args.version), settings(args.settings), logger(args.log) {}

  const CudaApi& cuda;
  const Device& device;
  const int version;
  const EngineSettings settings;
  mutable Logger logger;
  void* (*create_builder)(void* logger, int32_t version) = nullptr;
  void* (*create_runtime)(void* logger, int32_t version) = nullptr;
  Owned<trt::IRuntime> runtime;
  /// Builds and loads run one at a time: TensorRT's builder and runtime are not meant for several threads.
  mutable std::mutex mutex;

  /// Makes the device's context the calling thread's; needed before any CUDA or TensorRT call of a thread.
  Status enter() const { return check(cuda, "cuCtxSetCurrent", cuda.context_set(device.context)); }
};

/// Binds the entry points and makes the runtime.
Status open_library(const ModuleArgs& args, Library& library);

}  // namespace mindird::engines::tensorrt
