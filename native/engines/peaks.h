// What the processors reach at most, measured: profiles and comparisons give rates as shares of it.
#pragma once

#include "base/status.h"

namespace mindird::engines {

struct Peaks {
  double operations = 0;  // additions and multiplications of f32 a second, on registers
  double bytes = 0;       // read from memory a second, from beyond the caches
};

/// For the rest of the process.
void measure_peaks_by(Result<Peaks> (*measure)(int threads));
/// Takes some tenths of a second on `threads` threads. UNSUPPORTED where no engine computes on the processors.
Result<Peaks> measure_peaks(int threads);

}  // namespace mindird::engines
