// The queue of one model and the rule that forms batches from it. Pure: it has no threads and no clock, callers hold the lock and pass the time.
//
//   push ──► [place_of] ──► take(now) ──► expired: deadline passed while waiting
//                                    ├──► batch: the first request, and those after it that fit its bucket
//                                    └──► wait_until: the first request may still wait for company
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "runtime/queue/request.h"

namespace mindird::runtime {

struct BatchPolicy {
  int64_t max_rows = 1;      // of requests without a plan of their own
  int64_t max_delay_ns = 0;  // how long the first request may wait for company
};

/// Nanoseconds that a run of so many rows is expected to take, 0 where nothing is known; may be empty.
using ExpectedTime = std::function<int64_t(int64_t rows)>;

/// How long a request of the first priority goes ahead of one of the last.
inline constexpr int64_t kHeadStartNs = 2'000'000'000;

/// The time by which requests are ordered: that of arrival plus what the priority costs, kHeadStartNs · (1 - 1/priority): nothing for 1, half of it
/// for 2, all of it for the default. So a request rises as it waits: what comes kHeadStartNs after it passes it no more, whatever the priorities.
int64_t place_of(const Request& request);

/// When a request must be begun that takes `expected_ns`: early enough that a quarter of the time it was given, at least a millisecond, is left for
/// the way back and for what takes longer than expected. The request has a deadline.
int64_t latest_start(const Request& request, int64_t expected_ns);

struct Taken {
  std::vector<RequestPtr> batch;
  /// Set when nothing was taken but something waits: ask again at this time.
  std::optional<int64_t> wait_until;
};

class RequestQueue {
 public:
  /// Takes the request only if it does not throw for want of memory.
  void push(RequestPtr&& request);
  /// Forms the next batch; expired requests must have been taken out before. Waiting for company ends when the deadline of any of the batch demands it.
  Taken take(int64_t now, const BatchPolicy& policy, const ExpectedTime& expected = {});
  /// Requests whose deadline is not after `now`.
  std::vector<RequestPtr> take_expired(int64_t now);
  /// The request with this ticket, if it still waits.
  RequestPtr cancel(uint64_t ticket);
  /// Adds all that wait to `out`.
  void take_all(std::vector<RequestPtr>& out);
  /// Requests that wait for `former` get `plan`.
  void replace_plan(const PlanEntry* former, const std::shared_ptr<const PlanEntry>& plan);
  /// The earliest deadline of all that wait.
  std::optional<int64_t> next_deadline() const;
  size_t size() const { return requests_.size(); }

 private:
  using Key = std::tuple<int64_t, uint32_t, uint64_t>;  // place, priority, arrival
  using Map = std::map<Key, RequestPtr>;
  RequestPtr remove(Map::iterator it);

  Map requests_;
  std::set<std::pair<int64_t, Key>> deadlines_;
  std::unordered_map<uint64_t, Key> by_ticket_;
  uint64_t arrivals_ = 0;
};

}  // namespace mindird::runtime
