// The queue of one model and the rule that forms batches from it. Pure: it has no threads and no clock, callers hold the lock and pass the time.
//
//   push ──► [priority, arrival] ──► take(now) ──► expired: deadline passed while waiting
//                                             ├──► batch: the first request, and those after it that fit its bucket
//                                             └──► wait_until: the first request may still wait for company
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/serve/request.h"

namespace mindird::runtime {

struct BatchPolicy {
  int64_t max_rows = 1;       // of requests without a plan of their own
  int64_t max_delay_ns = 0;   // how long the first request may wait for company
};

struct Taken {
  std::vector<RequestPtr> batch;
  /// Set when nothing was taken but something waits: ask again at this time.
  std::optional<int64_t> wait_until;
};

class RequestQueue {
 public:
  void push(RequestPtr request);
  /// Forms the next batch; expired requests must have been taken out before.
  Taken take(int64_t now, const BatchPolicy& policy);
  /// Requests whose deadline is not after `now`.
  std::vector<RequestPtr> take_expired(int64_t now);
  /// The request with this ticket, if it still waits.
  RequestPtr cancel(uint64_t ticket);
  std::vector<RequestPtr> take_all();
  /// Requests that wait for `former` get `plan`.
  void replace_plan(const PlanEntry* former, const std::shared_ptr<const PlanEntry>& plan);
  /// The earliest deadline of all that wait.
  std::optional<int64_t> next_deadline() const;
  size_t size() const { return requests_.size(); }

 private:
  using Key = std::pair<uint32_t, uint64_t>;  // effective priority, arrival
  using Map = std::map<Key, RequestPtr>;
  RequestPtr remove(Map::iterator it);

  Map requests_;
  std::set<std::pair<int64_t, Key>> deadlines_;
  std::unordered_map<uint64_t, Key> by_ticket_;
  uint64_t arrivals_ = 0;
};

}  // namespace mindird::runtime
