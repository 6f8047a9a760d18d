// The border between the loader, which is part of every build, and the two engine modules libmindird_trt10.so and libmindird_trt11.so. One C
// function crosses it; the engine it returns is a C++ object, so both sides must come from one build, which kAbi checks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engines/engine.h"
#include "engines/tensorrt/api/cuda_api.h"
#include "engines/tensorrt/api/settings.h"

namespace mindird::engines::tensorrt {

/// Equal on both sides of one build. MINDIRD_ABI is the project's version, the compiler's and the build type.
inline constexpr const char* kAbi = MINDIRD_ABI;

enum class LogLevel : int32_t { kDebug, kInfo, kWarn, kError };

struct Device {
  CuContext context = nullptr;  // the primary context, retained
  std::string name;
  int32_t ordinal = 0;
  int32_t major = 0;  // compute capability
  int32_t minor = 0;
  int32_t driver = 0;  // e.g. 12060
  size_t memory = 0;
};

struct ModuleArgs {
  const char* abi = kAbi;
  const CudaApi* cuda = nullptr;
  const Device* device = nullptr;
  void* nvinfer = nullptr;  // from dlopen
  int32_t version = 0;      // getInferLibVersion()
  EngineSettings settings;
  /// Whether TensorRT's informative and verbose messages go to the log too.
  bool verbose = false;
  /// The process's log; callable from any thread.
  void (*log)(LogLevel level, const char* message) = nullptr;
};

/// Everything the arguments point to outlives the process's use of the engine. Null: `why` (of `size` bytes) says why not.
using OpenFunction = Engine* (*)(const ModuleArgs* args, char* why, size_t size);
inline constexpr const char* kOpenSymbol = "mindird_tensorrt_open";

}  // namespace mindird::engines::tensorrt
