// What every target of libFuzzer holds an input to, besides not crashing: a second of processor time (without the sanitizer), and (by -malloc_limit_mb and
// -rss_limit_mb, see tools/tests/fuzz.mjs) memory. The clock also counts what other processes take, so it is no measure here.
#pragma once

#include <ctime>
#include <cstdio>
#include <cstdlib>

#include "base/sanitizer.h"

namespace mindird::fuzz {

class TimeBound {
 public:
  TimeBound() : start_(now()) {}
  TimeBound(const TimeBound&) = delete;
  TimeBound& operator=(const TimeBound&) = delete;
  ~TimeBound() {
    const double seconds = now() - start_;
    if (seconds <= kSeconds) return;
    std::fprintf(stderr, "took %.2f s of processor time, want at most %.0f\n", seconds, kSeconds);
    std::abort();
  }

 private:
  static constexpr double kSeconds = 1 * kSanitizerCost;
  static double now() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }
  double start_;
};

}  // namespace mindird::fuzz
