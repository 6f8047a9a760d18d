// The rates that no step exceeds: multiply-adds on registers and reading from memory, of so many threads at once, the best of several short tries.
#include "engines/peaks.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>

#include "base/strings.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/kernels/peak_loops.h"
#include "tensor/tensor.h"

namespace mindird::engines::cpu {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTries = 5;
constexpr int64_t kRounds = 1'000'000;
constexpr size_t kLeastBytes = size_t{128} << 20U;
constexpr size_t kMostBytes = size_t{1} << 30U;
constexpr int64_t kCachesInMemory = 4;

/// Seconds of f(share) on all threads at once, which begin together.
template <class F>
double seconds_of(int threads, const F& f) {
  Clock::time_point begin;
  Clock::time_point end;
  run_team(threads, [&] {
    team_barrier();
    if (team_thread() == 0) begin = Clock::now();
    f(team_thread());
    team_barrier();
    if (team_thread() == 0) end = Clock::now();
  });
  return std::chrono::duration<double>(end - begin).count();
}

double multiply_adds(int threads) {
  double best = 0;
  for (const PeakLoop& loop : peak_loops()) {
    for (int i = 0; i < kTries; ++i) {
      const double seconds = seconds_of(threads, [&](int) {
        alignas(64) float values[16] = {};
        loop.run(kRounds, values);
        // Nobody may find out that the result is not needed.
        asm volatile("" ::"r"(values) : "memory");
      });
      best = std::max(best, static_cast<double>(loop.operations) * static_cast<double>(kRounds) * threads / seconds);
    }
  }
  return best;
}

Result<double> memory(int threads) {
  const auto cache = static_cast<int64_t>(sysconf(_SC_LEVEL3_CACHE_SIZE));
  const size_t bytes = std::clamp(static_cast<size_t>(std::max<int64_t>(0, cache) * kCachesInMemory), kLeastBytes, kMostBytes);
  TRY_ASSIGN(const Buffer buffer, Buffer::allocate(bytes));
  // Pages that nobody wrote to are all the same one.
  std::memset(const_cast<std::byte*>(buffer.data()), 1, bytes);
  const auto* floats = reinterpret_cast<const float*>(buffer.data());
  const auto count = static_cast<int64_t>(bytes / sizeof(float));
  double best = 0;
  for (const auto read : {read_in_order, read_in_four}) {
    for (int i = 0; i < kTries; ++i) {
      const double seconds = seconds_of(threads, [&](int share) {
        const int64_t from = count * share / threads;
        float sum = read(floats + from, count * (share + 1) / threads - from);
        asm volatile("" ::"r"(&sum) : "memory");
      });
      best = std::max(best, static_cast<double>(bytes) / seconds);
    }
  }
  return best;
}

Result<Peaks> measure(int threads) {
  const ComputeScope scope(threads);
  TRY(scope.status());
  Peaks out;
  out.operations = multiply_adds(threads);
  TRY_ASSIGN(out.bytes, memory(threads));
  return out;
}

[[maybe_unused]] const bool registered = (measure_peaks_by(measure), true);

}  // namespace
}  // namespace mindird::engines::cpu
