// Times of consecutive stages.
#pragma once

#include <cstdint>
#include <utility>

#include "base/clock.h"

namespace mindird {

class Stopwatch {
 public:
  /// Microseconds since creation or the last call.
  int64_t lap() {
    const int64_t now = now_ns();
    return (now - std::exchange(mark_, now)) / 1000;
  }

 private:
  int64_t mark_ = now_ns();
};

}  // namespace mindird
