// What ends the loops of a model while it runs: the number of rounds one run may take, the deadline of the request, and its cancelling. They are set for the
// thread that runs the model, and asked before every round.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/status.h"

namespace mindird {

inline constexpr int64_t kDefaultLoopSteps = 1'000'000;

struct RunLimits {
  int64_t loop_steps = kDefaultLoopSteps;        // rounds of all loops of one run together
  int64_t deadline_ns = 0;                       // on the clock of now_ns(); 0: none
  const std::atomic<bool>* cancelled = nullptr;  // may be null
};

/// The limits of this thread until it ends; scopes nest. Use one for each run of a model.
class RunScope {
 public:
  explicit RunScope(const RunLimits& limits);
  ~RunScope();
  RunScope(const RunScope&) = delete;
  RunScope& operator=(const RunScope&) = delete;

  /// Whether this thread is inside a scope.
  static bool active();

 private:
  friend Status count_loop_step();
  RunLimits limits_;
  int64_t left_;
  RunScope* outer_;
};

/// Takes one round from the innermost scope of this thread. TOO_LARGE, DEADLINE_EXCEEDED or CANCELLED when the loop is to end; always well without a scope.
Status count_loop_step();

}  // namespace mindird
