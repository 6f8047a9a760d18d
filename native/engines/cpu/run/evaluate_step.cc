#include "engines/cpu/run/evaluate_step.h"

#include "base/strings.h"

namespace mindird::engines::cpu {
namespace {

struct State final : StepState {
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
};

Status allocate(Dynamic& value, const TensorType& type) {
  const auto bytes = type.checked_bytes();
  if (!bytes) return invalid_argument(str("a result of type ", type.text(), " does not fit in memory"));
  TRY_ASSIGN(value.buffer, Buffer::allocate(static_cast<size_t>(*bytes)));
  value.type = type;
  return {};
}

}  // namespace

std::string EvaluateStep::text() const { return str("evaluate ", op_->id()); }

std::vector<Ref> EvaluateStep::refs() const {
  std::vector<Ref> out;
  for (const auto* values : {&inputs_, &outputs_}) {
    for (const EvaluateValue& v : *values) {
      if (!v.dynamic) out.push_back(v.placed.ref);
    }
  }
  return out;
}

std::unique_ptr<StepState> EvaluateStep::prepare(const Frame&, std::span<const bool>) const {
  auto state = std::make_unique<State>();
  for (const EvaluateValue& v : inputs_) state->inputs.push_back({v.placed.type(), nullptr});
  for (const EvaluateValue& v : outputs_) state->outputs.push_back({v.placed.type(), nullptr});
  return state;
}

Status EvaluateStep::infer_dynamic(Frame& frame, std::span<const Tensor> inputs) const {
  ir::Types types;
  for (const Tensor& t : inputs) types.push_back(t.type);
  TRY_ASSIGN(const ir::Types results, op_->infer(types));
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if (!outputs_[i].dynamic) {
      if (results[i] == outputs_[i].placed.type()) continue;
      return internal_error(str("output ", i, " is ", results[i].text(), ", the plan says ", outputs_[i].placed.type().text()));
    }
    TRY(allocate(frame.dynamic[*outputs_[i].dynamic], results[i]));
  }
  return {};
}

Status EvaluateStep::run(Frame& frame, StepState* raw) const {
  auto* state = static_cast<State*>(raw);
  bool dynamic = false;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (inputs_[i].dynamic) {
      Dynamic& value = frame.dynamic[*inputs_[i].dynamic];
      state->inputs[i] = {value.type, value.buffer.data()};
    } else {
      state->inputs[i].data = frame.at(inputs_[i].placed.ref);
    }
  }
  for (const EvaluateValue& v : outputs_) dynamic = dynamic || v.dynamic.has_value();
  const bool by_data = op_->traits().data_dependent;
  if (dynamic && !by_data) TRY(infer_dynamic(frame, state->inputs));
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if (!outputs_[i].dynamic) {
      state->outputs[i].data = frame.at(outputs_[i].placed.ref);
    } else if (!by_data) {
      Dynamic& value = frame.dynamic[*outputs_[i].dynamic];
      state->outputs[i] = {value.type, value.buffer.data()};
    }
  }
  const auto by_op = [&](size_t i, const Shape& shape) -> Status {
    if (!outputs_[i].dynamic) {
      // Of an operator with several results some may have a size that is known.
      const Shape& planned = state->outputs[i].shape();
      if (shape == planned) return {};
      return internal_error(str("output ", i, " is ", shape.text(), ", the plan says ", planned.text()));
    }
    Dynamic& value = frame.dynamic[*outputs_[i].dynamic];
    TRY(allocate(value, {outputs_[i].placed.dtype, shape}));
    state->outputs[i] = {value.type, value.buffer.data()};
    return {};
  };
  return op_->evaluate({.inputs = state->inputs, .outputs = state->outputs, .allocate = by_op});
}

}  // namespace mindird::engines::cpu
