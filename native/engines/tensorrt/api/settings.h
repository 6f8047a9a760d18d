// What a user can set about the TensorRT engine that changes the engines it builds, or how long that takes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mindird::engines::tensorrt {

/// TensorRT's own choice of the level, of 0 to 5.
inline constexpr int32_t kUsualOptimizationLevel = 3;

/// Process-wide, the same in the server, in a module and in the builder's process. All but the threads is part of the engine's fingerprint.
struct EngineSettings {
  /// Whether products of fp32 matrices and fp32 convolutions may round their operands to TF32 (10 bits of mantissa).
  bool tf32 = false;
  /// How many kernels the builder tries: more take longer to build, and may run faster. An engine of any level runs everywhere.
  int32_t optimization_level = kUsualOptimizationLevel;
  /// Threads the builder may use, the one that builds among them; at least 1.
  int32_t build_threads = 1;
  /// Libraries of the user's plugins, loaded into TensorRT's registry.
  std::vector<std::string> plugins = {};
};

}  // namespace mindird::engines::tensorrt
