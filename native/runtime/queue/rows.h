// Rows of requests on their way into the inputs of a plan and out of its outputs.
#pragma once

#include <cstdint>
#include <span>

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
/// `plan_rows` is 0 for a plan without batches, which takes one whole request.
void gather_input(std::span<const Part> parts, size_t input, int64_t plan_rows, const Tensor& target);

/// Gives each request its rows of the outputs; what goes wrong for one is its outcome's status. The part with the first row of a request sets its
/// shapes and makes its buffers, for all of its rows.
void scatter(std::span<const Part> parts, std::span<const Tensor> outputs, int64_t plan_rows);

}  // namespace mindird::runtime
