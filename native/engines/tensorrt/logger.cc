#include "engines/tensorrt/logger.h"

#include <algorithm>

namespace mindird::engines::tensorrt {
namespace {

/// Longest part of a message that is kept.
constexpr size_t kMostText = 500;

LogLevel level_of(trt::ILogger::Severity severity) {
  using Severity = trt::ILogger::Severity;
  if (severity <= Severity::kERROR) return LogLevel::kError;
  if (severity == Severity::kWARNING) return LogLevel::kWarn;
  return severity == Severity::kINFO ? LogLevel::kInfo : LogLevel::kDebug;
}

}  // namespace

void Logger::log(Severity severity, trt::AsciiChar const* message) noexcept {
  if (severity > Severity::kWARNING && !verbose_) return;
  sink_(level_of(severity), message);
  if (severity > Severity::kERROR) return;
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
