#include "runtime/serve/deliver.h"

#include <algorithm>

#include "base/guard.h"
#include "runtime/serve/instance.h"

namespace mindird::runtime {
namespace {

bool all_of_one_sink(const std::vector<RequestPtr>& requests) {
  return std::all_of(requests.begin(), requests.end(), [&](const RequestPtr& r) { return r->sink == requests.front()->sink; });
}

/// A result with what concerns the whole batch.
BatchResult without_outcomes(const BatchResult& result) {
  BatchResult out;
  out.model = result.model;
  out.rows = result.rows;
  out.padded_rows = result.padded_rows;
  out.gather_ns = result.gather_ns;
  out.compute_ns = result.compute_ns;
  out.scatter_ns = result.scatter_ns;
  out.device = result.device;
  out.timed = result.timed;
  return out;
}

/// Takes the outcomes of the first request's sink out of a batch of several.
BatchResult split(std::vector<RequestPtr>& requests, BatchResult& result) {
  const CompletionSink* sink = requests.front()->sink.get();
  BatchResult part = without_outcomes(result);
  std::vector<RequestPtr> rest;
  std::vector<RequestOutcome> rest_outcomes;
  insist([&] {
    part.outcomes.reserve(requests.size());
    rest.reserve(requests.size());
    rest_outcomes.reserve(requests.size());
  });
  for (size_t i = 0; i < requests.size(); ++i) {
    if (requests[i]->sink.get() == sink) {
      part.outcomes.push_back(std::move(result.outcomes[i]));
    } else {
      rest.push_back(std::move(requests[i]));
      rest_outcomes.push_back(std::move(result.outcomes[i]));
    }
  }
  requests = std::move(rest);
  result.outcomes = std::move(rest_outcomes);
  return part;
}

}  // namespace

void deliver(std::vector<RequestPtr>& requests, BatchResult result) {
  // Nearly always one sink: the environment that submitted the whole batch.
  while (!requests.empty()) {
    const std::shared_ptr<CompletionSink> sink = requests.front()->sink;
    const bool last = all_of_one_sink(requests);
    BatchResult part = last ? std::move(result) : split(requests, result);
    insist([&] { sink->complete(std::move(part)); });
    if (last) requests.clear();
  }
}

void deliver_error(std::vector<RequestPtr>&& requests, uint32_t model, const Status& status) {
  std::erase(requests, nullptr);
  if (requests.empty()) return;
  BatchResult result;
  result.model = model;
  insist([&] {
    begin_outcomes(requests, result);
    fail_outcomes(status, result);
  });
  deliver(requests, std::move(result));
}

const Status& not_ready_status() {
  static const auto* status = new Status(Code::kNotReady, "the model is being unloaded");
  return *status;
}

const Status& expired_status() {
  static const auto* status = new Status(Code::kDeadlineExceeded, "the deadline passed while the request waited");
  return *status;
}

const Status& cancelled_status() {
  static const auto* status = new Status(Code::kCancelled, "cancelled by the caller");
  return *status;
}

}  // namespace mindird::runtime
