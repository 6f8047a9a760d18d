// Requests with more rows than any bucket has room for. No plan is made for a size that only a request asks for.
#include <algorithm>

#include "base/clock.h"
#include "base/guard.h"
#include "base/strings.h"
#include "runtime/serve/deliver.h"
#include "runtime/serve/host.h"
#include "runtime/serve/instance.h"

namespace mindird::runtime {
namespace {

Status run_piece(const Part& piece, const PlanPtr& plan, const std::atomic<bool>& stop, InstanceMemory& memory, BatchResult& result) {
  const Request& request = *piece.request;
  // Others get their turn between two pieces.
  const int64_t ready = now_ns();
  std::optional<PermitScope> permits;
  if (!plan->plan->on_device()) permits.emplace(Host::instance().permits(), plan->threads);
  piece.outcome->queue_ns += now_ns() - ready;
  if (stop) return not_ready_status();
  if (request.deadline_ns != 0 && request.deadline_ns <= now_ns()) {
    return {Code::kDeadlineExceeded, str("the deadline passed when ", piece.first, " of ", request.rows, " rows were computed")};
  }
  TRY(run_parts(std::span(&piece, 1), request.deadline_ns, plan, memory, result).with(str("rows from ", piece.first)));
  return piece.outcome->status;
}

}  // namespace

Status run_pieces(const RequestPtr& request, const Buckets& buckets, const std::atomic<bool>& stop, InstanceMemory& memory, BatchResult& result) {
  const int64_t most = buckets.rbegin()->first;
  begin_run(std::span(&request, 1), memory, result);
  const Status status = guarded([&]() -> Status {
    for (int64_t first = 0; first < request->rows; first += most) {
      const int64_t rows = std::min(most, request->rows - first);
      TRY(run_piece({request.get(), &result.outcomes[0], first, rows}, bucket_for(buckets, rows), stop, memory, result));
    }
    return {};
  });
  if (!status.ok()) fail_outcomes(status, result);
  return status;
}

}  // namespace mindird::runtime
