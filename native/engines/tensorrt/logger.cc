#include "engines/tensorrt/logger.h"

#include <algorithm>

namespace mindird::engines::tensorrt {
namespace {

/// Longest part of a message that is kept.
constexpr size_t kMostText = 500;

}  // namespace

void Logger::log(Severity severity, trt::AsciiChar const* message) noexcept {
  if (severity > Severity::kWARNING) return;
  const bool error = severity <= Severity::kERROR;
  sink_(error ? LogLevel::kError : LogLevel::kWarn, message);
  if (!error) return;
  const std::lock_guard lock(mutex_);
  if (!error_.empty()) return;
  error_ = std::string(message).substr(0, kMostText);
  std::replace(error_.begin(), error_.end(), '\n', ' ');
}

std::string Logger::take_error(const char* otherwise) {
  const std::lock_guard lock(mutex_);
  std::string out = error_.empty() ? otherwise : std::move(error_);
  error_.clear();
  return out;
}

}  // namespace mindird::engines::tensorrt
