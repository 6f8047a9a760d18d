// How far the engines of one model are, as events for the server: "build.progress" now and then, "build.ended" once.
#pragma once

#include <cstdint>
#include <string>

#include "plan/compile.h"

namespace mindird::runtime {

/// From the first step of a build to its end; use by one thread at a time.
class BuildProgress {
 public:
  /// `plans`: how many will be compiled; `background`: the model serves meanwhile.
  BuildProgress(std::string label, size_t plans, bool background);
  ~BuildProgress();
  BuildProgress(const BuildProgress&) = delete;
  BuildProgress& operator=(const BuildProgress&) = delete;

  /// The next plan begins.
  void next_plan() { ++plan_; }
  void report(const plan::CompileProgress& progress);

 private:
  const std::string label_;
  const size_t plans_;
  const bool background_;
  const int64_t begin_ns_;
  size_t plan_ = 0;
  int64_t told_ns_ = 0;
  bool told_ = false;
};

}  // namespace mindird::runtime
