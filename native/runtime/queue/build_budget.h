// What one model may take of the builder thread for plans that its requests ask for. Pure: callers hold the lock and pass the time.
#pragma once

#include <cstdint>

namespace mindird::runtime {

/// A store of building time that fills with half of the time that passes. A build may begin while there is any left, and is charged when it has ended;
/// so a model whose requests never stop asking for new shapes has half of the builder in the long run, and the first minute at once.
class BuildBudget {
 public:
  static constexpr int64_t kMostNs = 60'000'000'000;

  /// Nanoseconds until a build may begin; 0: it may now.
  int64_t wait_ns(int64_t now);
  /// Charges a build that has taken `ns`.
  void charge(int64_t now, int64_t ns);

 private:
  void fill(int64_t now);

  int64_t left_ns_ = kMostNs;  // below 0 after a build longer than what was left
  int64_t filled_at_ = 0;
};

}  // namespace mindird::runtime
