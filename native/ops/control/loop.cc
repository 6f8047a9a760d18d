#include "ops/control/loop.h"

#include <algorithm>

#include "base/run_limits.h"
#include "ops/control/bodies.h"
#include "ops/support.h"

namespace mindird::ops {

Status Loop::set_bodies(std::vector<ir::GraphPtr> bodies) {
  if (bodies.size() != 1) return invalid_argument(str(bodies.size(), " graphs, want 1"));
  body_[0] = std::move(bodies[0]);
  return {};
}

ir::Traits Loop::traits() const {
  const auto unknown = [&](ir::ValueId v) { return !body_[0]->type(v).shape.known(); };
  return {.data_dependent = body_[0] && std::ranges::any_of(body_[0]->outputs(), unknown)};
}

Result<ir::Types> Loop::infer(std::span<const TensorType> in) const {
  if (!body_[0]) return invalid_argument("the graph is missing");
  TRY(expect_inputs(*body_[0], in));
  const ir::Types inputs = input_types(*body_[0]);
  const ir::Types outputs = output_types(*body_[0]);
  if (state < 0 || state_size() > inputs.size() || state_size() + 1 > outputs.size()) {
    return invalid_argument(str(state, " tensors of state in a graph of ", inputs.size(), " inputs and ", outputs.size(), " outputs"));
  }
  TRY(expect_flag(outputs[0], "output 0 of the graph inside"));
  for (size_t i = 0; i < state_size(); ++i) {
    if (outputs[i + 1] != inputs[i])
      return invalid_argument(str("state ", i, " is ", inputs[i].text(), " before and ", outputs[i + 1].text(), " after a round"));
  }
  return ir::Types(outputs.begin() + 1 + state, outputs.end());
}

Status Loop::evaluate(const ir::EvalArgs& args) const {
  std::optional<RunScope> own;
  if (!RunScope::active()) own.emplace(RunLimits{});
  std::vector<Tensor> inputs(args.inputs.begin(), args.inputs.end());
  std::vector<ir::OwnedTensor> held;
  while (true) {
    TRY(count_loop_step());
    TRY_ASSIGN(std::vector<ir::OwnedTensor> outputs, ir::evaluate(*body_[0], inputs));
    const bool again = outputs[0].tensor.as<uint8_t>()[0] != 0;
    held = std::move(outputs);
    if (!again) break;
    for (size_t i = 0; i < state_size(); ++i) inputs[i] = held[i + 1].tensor;
  }
  std::vector<Tensor> results;
  for (size_t i = state_size() + 1; i < held.size(); ++i) results.push_back(held[i].tensor);
  return deliver(results, args);
}

double Loop::cost(std::span<const TensorType>, std::span<const TensorType>) const { return body_[0] ? work_of(*body_[0]) : 0; }

REGISTER_OP(Loop);

}  // namespace mindird::ops
