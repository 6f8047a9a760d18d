#include "engines/peaks.h"

#include <atomic>

namespace mindird::engines {
namespace {

std::atomic<Result<Peaks> (*)(int)> measurer{nullptr};

}  // namespace

void measure_peaks_by(Result<Peaks> (*measure)(int threads)) { measurer = measure; }

Result<Peaks> measure_peaks(int threads) {
  Result<Peaks> (*const measure)(int) = measurer;
  if (!measure) return Status(Code::kUnsupported, "no engine here computes on the processors");
  return measure(threads);
}

}  // namespace mindird::engines
