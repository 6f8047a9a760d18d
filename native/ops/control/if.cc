#include "ops/control/if.h"

#include <algorithm>

#include "ops/control/bodies.h"
#include "ops/support.h"

namespace mindird::ops {

Status If::set_bodies(std::vector<ir::GraphPtr> bodies) {
  if (bodies.size() != bodies_.size()) return invalid_argument(str(bodies.size(), " graphs, want ", bodies_.size()));
  if (input_types(*bodies[kThen]) != input_types(*bodies[kElse])) return invalid_argument("the two graphs have other inputs");
  const ir::Types a = output_types(*bodies[kThen]);
  const ir::Types b = output_types(*bodies[kElse]);
  if (a.size() != b.size()) return invalid_argument(str("the two graphs have ", a.size(), " and ", b.size(), " outputs"));
  ir::Types outputs;
  for (size_t i = 0; i < a.size(); ++i) {
    TRY_ASSIGN(outputs.emplace_back(), common_type(a[i], b[i], str("output ", i)));
  }
  outputs_ = std::move(outputs);
  std::ranges::move(bodies, bodies_.begin());
  return {};
}

ir::Traits If::traits() const {
  return {.data_dependent = std::ranges::any_of(outputs_, [](const TensorType& type) { return !type.shape.known(); })};
}

Result<ir::Types> If::infer(std::span<const TensorType> in) const {
  if (!bodies_[kThen]) return invalid_argument("the graphs are missing");
  if (in.empty()) return invalid_argument("0 inputs, want at least 1");
  TRY(expect_flag(in[0], "the condition"));
  TRY(expect_inputs(*bodies_[kThen], in.subspan(1)));
  return outputs_;
}

const ir::Graph& If::chosen(const Tensor& condition) const { return *bodies_[condition.as<uint8_t>()[0] != 0 ? kThen : kElse]; }

Status If::evaluate(const ir::EvalArgs& args) const {
  TRY_ASSIGN(const auto owned, ir::evaluate(chosen(args.inputs[0]), args.inputs.subspan(1)));
  std::vector<Tensor> results;
  for (const ir::OwnedTensor& result : owned) results.push_back(result.tensor);
  return deliver(results, args);
}

double If::cost(std::span<const TensorType>, std::span<const TensorType>) const {
  return bodies_[kThen] ? std::max(work_of(*bodies_[kThen]), work_of(*bodies_[kElse])) : 0;
}

REGISTER_OP(If);

}  // namespace mindird::ops
