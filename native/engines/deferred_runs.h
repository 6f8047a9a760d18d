// Runs that are waited for later: steps on a device that follow one another need no word from the host in between.
#pragma once

#include "engines/engine.h"

namespace mindird::engines {

/// Contexts of devices implement it beside Context.
class DeferredRuns {
 public:
  virtual ~DeferredRuns() = default;
  /// From now on runs come behind those of `first`, a context of the same engine, in the order in which they are started. UNSUPPORTED where that cannot be.
  virtual Status follow(const Context& first) = 0;
  /// As Context::run() without waiting: after success the memory of `args` is the device's until finish(). After a failure nothing is under way.
  virtual Status start(const RunArgs& args) = 0;
  /// Ends what start() began, with the same `args`. `waited`: one that was started later, behind this one, has been finished.
  virtual Status finish(const RunArgs& args, bool waited) = 0;
};

}  // namespace mindird::engines
