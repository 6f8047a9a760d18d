// Rows of requests on their way into the inputs of a plan and out of its outputs.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/plans/plan_entry.h"
#include "runtime/queue/request.h"
#include "tensor/tensor.h"

namespace mindird::runtime {

/// The rows of one request that a run computes, all of them or, of a request larger than any bucket, some; and where their results go.
struct Part {
  const Request* request = nullptr;
  RequestOutcome* outcome = nullptr;
  int64_t first = 0;
  int64_t rows = 0;
};

/// Copies one input of every part behind one another. The rest of a bucket repeats the last row: what a model takes, zeros need not be.
/// A plan without batches takes one whole request. Where the plan has the input in f16 and requests in f32, the copy converts.
void gather_input(std::span<const Part> parts, size_t input, const PlanEntry& plan, const Tensor& target);

/// Gives each request its rows of the outputs; what goes wrong for one is its outcome's status. The part with the first row of a request sets its
/// shapes and makes its buffers, for all of its rows.
/// Converts as gather_input().
void scatter(std::span<const Part> parts, std::span<const Tensor> outputs, const PlanEntry& plan);

}  // namespace mindird::runtime
