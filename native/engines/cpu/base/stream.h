// The only place that knows about threads: oneDNN's device and streams, the number of threads of the calling thread's steps, and a parallel loop for own
// kernels. All of them run on the process's team (base/team.h), oneDNN's by openmp.cc.
#pragma once

#include <cstdint>
#include <oneapi/dnnl/dnnl.hpp>

#include "base/team.h"

namespace mindird::engines::cpu {

/// The process's oneDNN cpu engine (never destroyed: contexts may outlive static destruction).
const dnnl::engine& device();

/// Inside a ComputeScope: how many threads the next primitives are created for or run with (the same number for both).
void use_threads(int threads);

/**
 * While alive, the calling thread creates and runs primitives with `threads` threads and flushes denormals to zero, as the team's workers always do.
 * Restores the calling thread's number of threads and floating-point state at the end.
 */
class ComputeScope {
 public:
  explicit ComputeScope(int threads);
  ~ComputeScope();
  ComputeScope(const ComputeScope&) = delete;
  ComputeScope& operator=(const ComputeScope&) = delete;

  /// OUT_OF_MEMORY where the system gives no more threads: nothing must be run then.
  const Status& status() const { return team_.status(); }

 private:
  TeamScope team_;
  unsigned saved_;
  int saved_threads_;
};

/// Calls f(share, begin, end) on `threads` threads over equal contiguous shares of [0, count), numbered from 0; on the calling thread alone when there is
/// one share.
template <class F>
void parallel_shares(int threads, int64_t count, F&& f) {
  const int64_t shares = count < threads ? count : threads;
  if (shares <= 1) {
    if (count > 0) f(int64_t{0}, int64_t{0}, count);
    return;
  }
  run_team(static_cast<int>(shares), [&] {
    for (int64_t s = team_thread(); s < shares; s += team_size()) f(s, count * s / shares, count * (s + 1) / shares);
  });
}

/// Calls f(begin, end) in the same way.
template <class F>
void parallel_for(int threads, int64_t count, F&& f) {
  parallel_shares(threads, count, [&f](int64_t, int64_t begin, int64_t end) { f(begin, end); });
}

}  // namespace mindird::engines::cpu
