// What a user can set about the TensorRT engine that changes the engines it builds.
#pragma once

#include <string>
#include <vector>

namespace mindird::engines::tensorrt {

/// Process-wide, the same in the server, in a module and in the builder's process. Part of the engine's fingerprint.
struct EngineSettings {
  /// Whether products of fp32 matrices and fp32 convolutions may round their operands to TF32 (10 bits of mantissa).
  bool tf32 = false;
  /// Libraries of the user's plugins, loaded into TensorRT's registry.
  std::vector<std::string> plugins = {};
};

}  // namespace mindird::engines::tensorrt
