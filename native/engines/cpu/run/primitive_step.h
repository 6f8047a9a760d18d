// A oneDNN primitive with its arguments. Memory objects and the argument array are made once per context; a run only refreshes the
// handles of arguments that belong to the caller.
#pragma once

#include <vector>

#include "engines/cpu/run/step.h"

namespace mindird::engines::cpu {

struct PrimitiveArg {
  int index = 0;
  Ref ref;
  dnnl::memory::desc desc;
};

class PrimitiveStep final : public Step {
 public:
  PrimitiveStep(std::string text, dnnl::primitive primitive, std::vector<PrimitiveArg> args)
      : text_(std::move(text)), primitive_(std::move(primitive)), args_(std::move(args)) {}

  std::string text() const override { return text_; }
  std::vector<Ref> refs() const override;
  std::unique_ptr<StepState> prepare(const Frame& frame, std::span<const bool> external) const override;
  Status run(Frame& frame, StepState* state) const override;

  /// What oneDNN keeps for it, by a key that equal primitives share, as its cache makes one of them. It does not tell how much that is: an estimate by
  /// the kind of the primitive, which a test compares with the heap (run/primitive_step_test.cc).
  struct Kernel {
    uint64_t key = 0;
    size_t bytes = 0;
  };
  Kernel kernel() const;

 private:
  std::string text_;
  dnnl::primitive primitive_;
  std::vector<PrimitiveArg> args_;
};

}  // namespace mindird::engines::cpu
