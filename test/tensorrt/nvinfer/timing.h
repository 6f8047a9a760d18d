// The timing cache of the test libnvinfer: a set of kernels that have been timed. A kernel is an operator with its attributes and types.
#pragma once

#include <set>
#include <string>

#include "entry.h"

namespace mindird::test_nvinfer {

class TimingCache final : public ITimingCache, public defaults::TimingCache {
 public:
  TimingCache() { mImpl = this; }
  /// Null when the bytes are none of serialize()'s.
  static TimingCache* parse(std::string_view bytes);

  IHostMemory* serialize() const noexcept override;
  bool combine(ITimingCache const& other, bool ignore_mismatch) noexcept override;
  bool reset() noexcept override;

  /// Of the library that made it.
  int32_t made_with() const { return made_with_; }
  /// Times every kernel of the graph that is not here yet; each takes `tactic_us` microseconds (MINDIRD_TEST_NVINFER).
  void time(const ir::Graph& graph) const;

 private:
  int32_t made_with_ = version();
  // The builder adds to a cache it was given as a constant, as the real one does.
  mutable std::set<std::string> kernels_;
};

}  // namespace mindird::test_nvinfer
