#include "base/status.h"

#include <array>

namespace mindird {

std::string_view code_name(Code code) {
  static constexpr std::array<std::string_view, 14> kNames = {
      "OK",        "INVALID_ARGUMENT", "NOT_FOUND",   "NOT_READY",     "OVERLOADED",    "TOO_LARGE",      "DEADLINE_EXCEEDED",
      "CANCELLED", "INVALID_MODEL",    "UNSUPPORTED", "ENGINE_FAILED", "OUT_OF_MEMORY", "INVALID_CONFIG", "INTERNAL"};
  return kNames[static_cast<size_t>(code)];
}

Status Status::with(std::string_view place) && {
  if (ok()) return std::move(*this);
  std::string message(place);
  message += ": ";
  message += message_;
  return {code_, std::move(message)};
}

}  // namespace mindird
