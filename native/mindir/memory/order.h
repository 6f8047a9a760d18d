// Which steps of a program are certain to run before others. One step runs before another when it is reached from it backwards over inputs,
// of data or of memory order alike.
#pragma once

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "mindir/program.h"

namespace mindird::mindir {

class Order {
 public:
  /// The steps must stand in an order in which producers come first; they are addressed by their position in it.
  explicit Order(const Program& program);

  /// True when `first` is certain to run before `second`, or is it. UNSUPPORTED when a hostile file makes this too much work.
  Result<bool> before(uint32_t first, uint32_t second);

  /// The step that computes a slot, or kNoStep for inputs and constants.
  static constexpr uint32_t kNoStep = UINT32_MAX;
  uint32_t producer(SlotId slot) const { return producers_[slot]; }

 private:
  void find_chain();
  void rank_steps();
  Result<bool> search(uint32_t first, uint32_t second);

  const Program& program_;
  std::vector<uint32_t> producers_;
  // Writers of MindIR put all memory accesses between the links of one chain of UpdateState. For the longest chain: the position of a link plus one,
  // the last link that runs before a step, and the first link that runs after it.
  std::vector<uint32_t> link_;
  std::vector<uint32_t> after_;
  std::vector<uint32_t> until_;
  // For searches.
  std::vector<uint32_t> seen_;
  std::vector<uint32_t> todo_;
  uint32_t search_ = 0;
  size_t budget_;
};

}  // namespace mindird::mindir
