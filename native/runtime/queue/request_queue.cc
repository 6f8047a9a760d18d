#include "runtime/queue/request_queue.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace mindird::runtime {
namespace {

/// What is left of a deadline at least when its request is begun.
constexpr int64_t kLeastReserveNs = 1'000'000;

/// 1 is first, the default is last.
uint32_t rank_of(const Request& request) { return request.priority <= 0 ? std::numeric_limits<uint32_t>::max() : static_cast<uint32_t>(request.priority); }

}  // namespace

int64_t place_of(const Request& request) { return request.enqueued_ns + kHeadStartNs - kHeadStartNs / rank_of(request); }

int64_t latest_start(const Request& request, int64_t expected_ns) {
  return request.deadline_ns - expected_ns - std::max(kLeastReserveNs, (request.deadline_ns - request.enqueued_ns) / 4);
}

void RequestQueue::push(RequestPtr&& request) {
  // The request last: entries of one that found no memory lead nowhere, which those who follow them see.
  const Key key{place_of(*request), rank_of(*request), arrivals_++};
  if (request->deadline_ns != 0) deadlines_.insert({request->deadline_ns, key});
  by_ticket_[request->ticket] = key;
  requests_.emplace(key, std::move(request));
}

RequestPtr RequestQueue::remove(Map::iterator it) {
  RequestPtr request = std::move(it->second);
  if (request->deadline_ns != 0) deadlines_.erase({request->deadline_ns, it->first});
  by_ticket_.erase(request->ticket);
  requests_.erase(it);
  return request;
}

Taken RequestQueue::take(int64_t now, const BatchPolicy& policy, const ExpectedTime& expected) {
  Taken out;
  if (requests_.empty()) return out;
  const Request& head = *requests_.begin()->second;
  if (head.plan) {
    out.batch.reserve(1);
    out.batch.push_back(remove(requests_.begin()));
    return out;
  }
  std::vector<Map::iterator> fitting;
  int64_t rows = 0;
  bool full = false;
  for (auto it = requests_.begin(); it != requests_.end() && !full; ++it) {
    if (it->second->plan) continue;
    if (!fitting.empty() && rows + it->second->rows > policy.max_rows) {
      full = true;
    } else {
      rows += it->second->rows;
      fitting.push_back(it);
      full = rows >= policy.max_rows;
    }
  }
  int64_t until = head.enqueued_ns + policy.max_delay_ns;
  if (!full && until > now) {
    const int64_t expected_ns = expected ? expected(rows) : 0;
    for (const auto it : fitting) {
      if (it->second->deadline_ns != 0) until = std::min(until, latest_start(*it->second, expected_ns));
    }
  }
  if (!full && until > now) {
    out.wait_until = until;
    return out;
  }
  out.batch.reserve(fitting.size());
  for (auto it : fitting) out.batch.push_back(remove(it));
  return out;
}

std::vector<RequestPtr> RequestQueue::take_expired(int64_t now) {
  std::vector<RequestPtr> out;
  out.reserve(
      static_cast<size_t>(std::distance(deadlines_.begin(), std::find_if(deadlines_.begin(), deadlines_.end(), [&](const auto& d) { return d.first > now; }))));
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto it = requests_.find(deadlines_.begin()->second);
    if (it == requests_.end()) {
      deadlines_.erase(deadlines_.begin());
    } else {
      out.push_back(remove(it));
    }
  }
  return out;
}

RequestPtr RequestQueue::cancel(uint64_t ticket) {
  const auto found = by_ticket_.find(ticket);
  if (found == by_ticket_.end()) return nullptr;
  const auto it = requests_.find(found->second);
  if (it != requests_.end()) return remove(it);
  by_ticket_.erase(found);
  return nullptr;
}

void RequestQueue::take_all(std::vector<RequestPtr>& out) {
  out.reserve(out.size() + requests_.size());
  while (!requests_.empty()) out.push_back(remove(requests_.begin()));
}

void RequestQueue::replace_plan(const PlanEntry* former, const std::shared_ptr<const PlanEntry>& plan) {
  for (auto& [key, request] : requests_) {
    if (request->plan.get() == former) request->plan = plan;
  }
}

std::optional<int64_t> RequestQueue::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

}  // namespace mindird::runtime
