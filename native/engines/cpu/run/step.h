// One step of a schedule. Immutable; what differs between contexts lives in the StepState that the step makes for each.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "engines/cpu/run/frame.h"

namespace mindird::engines::cpu {

class StepState {
 public:
  virtual ~StepState() = default;
};

class Step {
 public:
  virtual ~Step() = default;
  /// What runs, for listings and profiles: "Conv+bias+relu brgconv_1x1:avx512_core".
  virtual std::string text() const = 0;
  /// All memory the step touches: decides how long areas live.
  virtual std::vector<Ref> refs() const = 0;
  /// Null when the step needs no state.
  virtual std::unique_ptr<StepState> prepare(const Frame& frame, std::span<const bool> external) const = 0;
  virtual Status run(Frame& frame, StepState* state) const = 0;
};

}  // namespace mindird::engines::cpu
