// A kernel of our own as a step: a callable over the frame and the memory it touches.
#pragma once

#include <functional>

#include "engines/cpu/run/step.h"

namespace mindird::engines::cpu {

class KernelStep final : public Step {
 public:
  using Kernel = std::function<Status(const Frame&)>;
  KernelStep(std::string text, std::vector<Ref> refs, Kernel kernel) : text_(std::move(text)), refs_(std::move(refs)), kernel_(std::move(kernel)) {}

  std::string text() const override { return text_; }
  std::vector<Ref> refs() const override { return refs_; }
  std::unique_ptr<StepState> prepare(const Frame&, std::span<const bool>) const override { return nullptr; }
  Status run(Frame& frame, StepState*) const override { return kernel_(frame); }

 private:
  std::string text_;
  std::vector<Ref> refs_;
  Kernel kernel_;
};

}  // namespace mindird::engines::cpu
