#include "runtime/queue/rows.h"

#include <cstring>

#include "base/strings.h"
#include "tensor/half_copy.h"

namespace mindird::runtime {
namespace {

/// The bytes of an input that belong to the part.
std::span<const std::byte> bytes_of(const Part& part, size_t input, int64_t plan_rows) {
  const auto all = part.request->inputs[input];
  if (plan_rows == 0) return all;
  const size_t row = all.size() / static_cast<size_t>(part.request->rows);
  return all.subspan(row * static_cast<size_t>(part.first), row * static_cast<size_t>(part.rows));
}

/// Where an output of a request lies that has `bytes` in all; memory of its own is made with its first part.
Result<std::byte*> destination(const OutputTarget& target, std::optional<Buffer>& buffer, size_t bytes) {
  if (target.kind == OutputTarget::Kind::kAllocate) {
    if (!buffer) {
      TRY_ASSIGN(Buffer fresh, Buffer::allocate(bytes));
      buffer = std::move(fresh);
    }
    return buffer->data();
  }
  if (target.memory.size() != bytes) return internal_error(str("output needs ", bytes, " bytes, the destination has ", target.memory.size()));
  return target.memory.data();
}

/// Copies the bytes of a request's input to where a plan has it; returns the bytes they are there.
size_t copy_in(std::span<const std::byte> from, bool narrow, std::byte* to) {
  if (!narrow) {
    if (!from.empty()) std::memcpy(to, from.data(), from.size());
    return from.size();
  }
  copy_as_half(from.data(), to, from.size() / sizeof(float));
  return from.size() / 2;
}

/// Copies a plan's output, or rows of it, to a request's memory of `bytes`.
void copy_out(const std::byte* from, bool narrow, std::byte* to, size_t bytes) {
  if (narrow) {
    copy_as_float(from, to, bytes / sizeof(float));
  } else if (bytes > 0) {
    std::memcpy(to, from, bytes);
  }
}

Status scatter_part(const Part& part, std::span<const Tensor> outputs, int64_t plan_row, const PlanEntry& plan) {
  const int64_t plan_rows = plan.rows;
  const Request& request = *part.request;
  RequestOutcome& outcome = *part.outcome;
  size_t wanted = 0;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (request.outputs[i].kind == OutputTarget::Kind::kSkip) continue;
    const Tensor& source = outputs[i];
    Shape shape = source.shape();
    const bool narrow = plan.output_type(i).dtype != source.dtype();
    const size_t factor = narrow ? 2 : 1;
    size_t from = 0;
    size_t to = 0;
    size_t bytes = source.bytes() * factor;
    size_t whole = bytes;
    if (plan_rows > 0) {
      const size_t row = bytes / static_cast<size_t>(plan_rows);
      shape[0] = request.rows;
      from = row * static_cast<size_t>(plan_row);
      to = row * static_cast<size_t>(part.first);
      bytes = row * static_cast<size_t>(part.rows);
      whole = row * static_cast<size_t>(request.rows);
    }
    if (part.first == 0) {
      outcome.shapes.push_back(std::move(shape));
      outcome.buffers.emplace_back();
    } else if (outcome.shapes[wanted] != shape) {
      return internal_error(str("output ", i, " is ", outcome.shapes[wanted].text(), " by its first rows and ", shape.text(), " by others"));
    }
    TRY_ASSIGN(std::byte * out, destination(request.outputs[i], outcome.buffers[wanted], whole));
    copy_out(source.data + from / factor, narrow, out + to, bytes);
    ++wanted;
  }
  return {};
}

}  // namespace

void gather_input(std::span<const Part> parts, size_t input, const PlanEntry& plan, const Tensor& target) {
  const bool narrow = plan.input_type(input).dtype != target.dtype();
  std::byte* out = target.data;
  for (const Part& part : parts) out += copy_in(bytes_of(part, input, plan.rows), narrow, out);
  const std::byte* end = target.data + target.bytes();
  if (out == end) return;
  const auto last = bytes_of(parts.back(), input, plan.rows);
  const size_t row = last.size() / static_cast<size_t>(parts.back().rows);
  while (out < end) out += copy_in(last.last(row), narrow, out);
}

void scatter(std::span<const Part> parts, std::span<const Tensor> outputs, const PlanEntry& plan) {
  int64_t row = 0;
  for (const Part& part : parts) {
    part.outcome->status = scatter_part(part, outputs, row, plan);
    row += part.rows;
  }
}

}  // namespace mindird::runtime
