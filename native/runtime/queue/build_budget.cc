#include "runtime/queue/build_budget.h"

#include <algorithm>

namespace mindird::runtime {

void BuildBudget::fill(int64_t now) {
  if (filled_at_ != 0) left_ns_ = std::min(kMostNs, left_ns_ + std::max<int64_t>(0, now - filled_at_) / 2);
  filled_at_ = now;
}

int64_t BuildBudget::wait_ns(int64_t now) {
  fill(now);
  return left_ns_ > 0 ? 0 : 2 * (1 - left_ns_);
}

void BuildBudget::charge(int64_t now, int64_t ns) {
  fill(now);
  left_ns_ -= ns;
}

}  // namespace mindird::runtime
