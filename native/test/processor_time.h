#pragma once

#include <ctime>

#include "base/sanitizer.h"

namespace mindird::test {

/// Processor time this process has used since `start = std::clock()`, in seconds, less what a sanitizer adds: bounds on what a hostile input may cost hold on a
/// busy machine too.
inline double seconds_since(std::clock_t start) { return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / kSanitizerCost; }

}  // namespace mindird::test
