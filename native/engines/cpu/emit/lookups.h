// Steps that choose rows of memory by indices.
#pragma once

#include <atomic>
#include <limits>

#include "engines/cpu/build/node_builder.h"
#include "engines/cpu/kernels/lookup.h"

namespace mindird::engines::cpu {

/// Emits the lookup of the node's input 0 by its input 1, both plain, into its output.
Status emit_lookup(NodeBuilder& b, const RowLookup& lookup);

/// The least position that several threads report.
class FirstFault {
 public:
  /// Negative: nothing.
  void report(int64_t position) {
    int64_t known = position_.load(std::memory_order_relaxed);
    while (position >= 0 && position < known && !position_.compare_exchange_weak(known, position, std::memory_order_relaxed)) {
    }
  }
  bool any() const { return position() != kNone; }
  int64_t position() const { return position_.load(std::memory_order_relaxed); }

 private:
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
  std::atomic<int64_t> position_ = kNone;
};

}  // namespace mindird::engines::cpu
