#pragma once

#include <ctime>

namespace mindird::test {

/// A sanitizer multiplies what code costs; bounds are meant for code as it ships.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr double kSanitizerCost = 4;
#else
inline constexpr double kSanitizerCost = 1;
#endif

/// Processor time this process has used since `start = std::clock()`, in seconds, less what a sanitizer adds: bounds on what a hostile input may cost hold on a busy machine too.
inline double seconds_since(std::clock_t start) {
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / kSanitizerCost;
}

}  // namespace mindird::test
