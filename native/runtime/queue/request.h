// One request on its way through a model, and what comes back.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/status.h"
#include "engines/engine.h"
#include "tensor/tensor.h"

namespace mindird::runtime {

struct PlanEntry;

/// Where one output goes.
struct OutputTarget {
  enum class Kind : uint8_t { kSkip, kWrite, kAllocate };
  Kind kind = Kind::kAllocate;
  std::span<std::byte> memory;  // for kWrite: exactly the output's size
};

struct RequestOutcome {
  uint64_t ticket = 0;
  int64_t queue_ns = 0;
  Status status;
  /// Outputs that were not skipped, in signature order.
  std::vector<Shape> shapes;
  /// Parallel to `shapes`: set where the target was kAllocate.
  std::vector<std::optional<Buffer>> buffers;
};

struct BatchResult {
  uint32_t model = 0;
  int64_t rows = 0;  // 0: nothing was executed
  int64_t padded_rows = 0;
  int64_t gather_ns = 0;
  int64_t compute_ns = 0;
  int64_t scatter_ns = 0;
  engines::DeviceTimes device;  // parts of compute_ns; the dispatch alone where the runs were not timed
  bool timed = false;
  std::vector<RequestOutcome> outcomes;
};

/// Takes results from any thread, one call per batch. Memory given in the request stays untouched after the call that carries its ticket. A call that
/// throws has taken nothing.
class CompletionSink {
 public:
  virtual ~CompletionSink() = default;
  virtual void complete(BatchResult&& result) = 0;
};

struct Request {
  uint64_t ticket = 0;
  std::vector<std::span<const std::byte>> inputs;  // signature order
  std::vector<Shape> shapes;
  std::vector<OutputTarget> outputs;
  int64_t rows = 1;
  int64_t enqueued_ns = 0;
  int64_t deadline_ns = 0;  // 0: none
  int32_t priority = 0;     // 1 is first, larger is later, 0 (default) is last
  bool timed = false;       // wants to know what the device's part of the run took
  std::shared_ptr<CompletionSink> sink;
  /// The plan for exactly these shapes; null: any bucket with room for `rows`.
  std::shared_ptr<const PlanEntry> plan;
};

using RequestPtr = std::unique_ptr<Request>;

}  // namespace mindird::runtime
