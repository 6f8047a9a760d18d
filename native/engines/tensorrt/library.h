// What one engine of this process works with: the loaded libnvinfer, the CUDA driver and the device.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/strings.h"
#include "engines/tensorrt/cuda.h"
#include "engines/tensorrt/logger.h"
#include "engines/tensorrt/nvinfer.h"

namespace mindird::engines::tensorrt {

/// A deserialised engine, shared by the executables of all batch sizes it serves.
struct LivingEngine {
  Owned<trt::ICudaEngine> engine;
  std::vector<std::byte> head;  // of the plan file it came from
  size_t plan_bytes = 0;        // of that file
  // Under the library's mutex: the file, until it is let go.
  mutable std::vector<std::byte> plan;
};

struct Library {
  explicit Library(const ModuleArgs& args)
      : cuda(*args.cuda), device(*args.device), version(args.version), settings(args.settings), logger(args.log, args.verbose) {}

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
  /// Engines with profiles in use, by the hash of their plan; under the mutex.
  mutable std::map<std::string, std::weak_ptr<const LivingEngine>> living;

  /// "11.2.1"
  std::string version_text() const { return str(version / 10000, '.', version / 100 % 100, '.', version % 100); }
  /// Makes the device's context the calling thread's; needed before any CUDA or TensorRT call of a thread.
  Status enter() const { return check(cuda, "cuCtxSetCurrent", cuda.context_set(device.context)); }
};

/// Binds the entry points and makes the runtime.
Status open_library(const ModuleArgs& args, Library& library);

}  // namespace mindird::engines::tensorrt
