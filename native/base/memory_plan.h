// Assigns offsets in one arena to buffers by their live ranges (pure; used by plans and by engines inside a subgraph).
//
// Greedy by size: the largest buffer first, each at the lowest offset where it meets no placed buffer that lives at the same time
// (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", arXiv 2001.03288, section 5.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mindird {

/// A buffer of `bytes` that is needed from step `first` to step `last`, both included.
struct LiveRange {
  int64_t first = 0;
  int64_t last = 0;
  size_t bytes = 0;
};

struct MemoryPlan {
  std::vector<size_t> offsets;  // one per range, multiples of the alignment
  size_t bytes = 0;             // size of the arena
};

MemoryPlan plan_memory(std::span<const LiveRange> ranges, size_t alignment = 64);

}  // namespace mindird
