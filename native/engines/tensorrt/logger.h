// TensorRT's log: warnings and errors, on request all of it, go to the process's log, and the errors since a point in time explain a failed call.
#pragma once

#include <mutex>
#include <string>

#include "engines/tensorrt/api/module.h"
#include "engines/tensorrt/nvinfer.h"

namespace mindird::engines::tensorrt {

class Logger final : public trt::ILogger {
 public:
  using Sink = void (*)(LogLevel level, const char* message);
  explicit Logger(Sink sink, bool verbose = false) : sink_(sink), verbose_(verbose) {}

  void log(Severity severity, trt::AsciiChar const* message) noexcept override;
  /// A warning of this module's own.
  void warn(const std::string& message) { sink_(LogLevel::kWarn, message.c_str()); }
  /// The first error since the last call, on one line, or `otherwise`. Builds and loads run one at a time, so errors are theirs.
  std::string take_error(const char* otherwise);

 private:
  Sink sink_;
  bool verbose_;
  std::mutex mutex_;
  std::string error_;
};

}  // namespace mindird::engines::tensorrt
