#include "layer.h"

#include <cstdio>
#include <cstdlib>

#include "base/strings.h"
#include "network.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/select.h"
#include "ops/support.h"

namespace mindird::test_nvinfer {

void missing(const char* function) {
  std::fprintf(stderr, "the test libnvinfer has no %s\n", function);
  std::abort();
}

Status require(bool rule, std::string message) { return rule ? Status() : unsupported(std::move(message)); }

Status require_floating(const TensorType& type) {
  return require(type.dtype == DType::kF32 || type.dtype == DType::kF16 || type.dtype == DType::kBF16,
                 str("input of type ", type.text(), ", want floating point"));
}

Result<ir::ValueId> Lowering::constant(const TensorType& type, const void* bytes) {
  TRY_ASSIGN(ConstantPtr made, make_constant(type, {static_cast<const std::byte*>(bytes), type.bytes()}));
  return graph.add_constant(std::move(made));
}

Result<ir::ValueId> Lowering::scalar(double value, DType dtype, size_t rank) {
  const auto number = static_cast<float>(value);
  TRY_ASSIGN(const ir::ValueId wide, constant({DType::kF32, Shape(std::vector<int64_t>(rank, 1))}, &number));
  return cast(wide, dtype);
}

Result<ir::ValueId> Lowering::cast(ir::ValueId x, DType to) {
  if (graph.type(x).dtype == to) return x;
  auto op = std::make_shared<ops::Cast>();
  op->to = to;
  return add(op, {x});
}

Result<ir::ValueId> Lowering::spoil(ir::ValueId undefined, ir::ValueId value) {
  TRY_ASSIGN(const ir::ValueId unexpected, scalar(85, graph.type(value).dtype));
  return add(std::make_shared<ops::Select>(), {undefined, unexpected, value});
}

std::optional<double> Lowering::number(size_t i) const {
  const Constant* found = graph.value(in[i]).constant.get();
  if (!found) return std::nullopt;
  double out = 0;
  const Status status = ops::dispatch_any(found->type().dtype, [&]<class T>() { out = static_cast<double>(ops::load(found->as<T>()[0])); });
  return status.ok() ? std::optional(out) : std::nullopt;
}

Result<std::vector<int64_t>> Lowering::shape_values(size_t i) const {
  TRY(require((type(i).dtype == DType::kI32 || type(i).dtype == DType::kI64) && rank(i) == 1, str("a shape tensor of type ", type(i).text())));
  const Constant* found = graph.value(in[i]).constant.get();
  TRY(require(found != nullptr, "a shape tensor that depends on data"));
  std::vector<int64_t> out;
  if (type(i).dtype == DType::kI32) {
    for (int32_t v : found->as<int32_t>()) out.push_back(v);
  } else {
    for (int64_t v : found->as<int64_t>()) out.push_back(v);
  }
  return out;
}

Tensor::Tensor(std::string name, const TensorType& type) : name_(std::move(name)), given_(type) { mImpl = this; }

Tensor::Tensor(Layer& layer, size_t index) : name_("(unnamed)"), layer_(&layer), index_(index) { mImpl = this; }

Result<TensorType> Tensor::type(size_t trial) const {
  if (!layer_) {
    TensorType out = given_;
    for (size_t d = 0; d < out.shape.rank(); ++d) out.shape[d] = out.shape[d] < 0 ? kTrials[trial] : out.shape[d];
    return out;
  }
  TRY_ASSIGN(const Layer::Outputs outputs, layer_->outputs(trial));
  return outputs.types[index_];
}

ConstantPtr Tensor::known(size_t trial) const {
  if (!layer_) return nullptr;
  const auto outputs = layer_->outputs(trial);
  return outputs.ok() ? outputs.value().known[index_] : nullptr;
}

Dims Tensor::getDimensions() const noexcept {
  auto first = type(0);
  auto second = type(1);
  Dims out{};
  out.nbDims = -1;
  if (!first.ok() || !second.ok() || first->shape.rank() != second->shape.rank()) return out;
  out = trt_dims(first->shape);
  for (size_t d = 0; d < first->shape.rank(); ++d) out.d[d] = first->shape[d] == second->shape[d] ? first->shape[d] : -1;
  return out;
}

DataType Tensor::getType() const noexcept {
  const auto known = type();
  return known.ok() ? trt_type(known.value().dtype).value_or(DataType::kFLOAT) : DataType::kFLOAT;
}

Layer::Layer(Network& network, LayerType type, const std::vector<ITensor*>& inputs, size_t outputs) : network_(network), type_(type) {
  for (ITensor* tensor : inputs) {
    inputs_.push_back(&Tensor::of(*tensor));
    inputs_.back()->consumed = true;
  }
  for (size_t i = 0; i < outputs; ++i) outputs_.push_back(std::make_unique<Tensor>(*this, i));
}

void Layer::setInput(int32_t index, ITensor& tensor) noexcept {
  const bool known = index >= 0 && static_cast<size_t>(index) < inputs_.size();
  if (!known) return network_.refuse(str(name_, ": the layer has no input ", index));
  set_input(static_cast<size_t>(index), tensor);
}

void Layer::set_input(size_t at, ITensor& tensor) noexcept {
  if (at >= inputs_.size()) inputs_.resize(at + 1, nullptr);
  inputs_[at] = &Tensor::of(tensor);
  inputs_[at]->consumed = true;
  changed();
}

void Layer::changed() noexcept {
  types_ = {};
  for (const auto& output : outputs_) {
    if (output->consumed) network_.forget_types();
  }
}

Result<Layer::Outputs> Layer::outputs(size_t trial) const {
  // Without open dims every trial is the same.
  if (!network_.has_open_dims()) trial = 0;
  if (!types_[trial] || seen_[trial] != network_.types_epoch()) {
    types_[trial] = infer(trial);
    seen_[trial] = network_.types_epoch();
    if (!types_[trial]->ok()) network_.error(str(name_, ": ", types_[trial]->status().message()));
  }
  return *types_[trial];
}

Lowered Layer::lower_known(Lowering& l) const {
  ir::Graph scratch;
  Lowering aside{scratch, {}, l.name};
  bool integers = !l.in.empty();
  for (size_t i = 0; integers && i < l.in.size(); ++i) {
    const ConstantPtr& constant = l.graph.value(l.in[i]).constant;
    integers = constant && (l.type(i).dtype == DType::kI32 || l.type(i).dtype == DType::kI64) && l.type(i).shape.elements() <= kMostKnown;
    if (integers) aside.in.push_back(scratch.add_constant(constant));
  }
  if (!integers) return lower(l);
  TRY_ASSIGN(std::vector<ir::ValueId> values, lower(aside));
  scratch.set_outputs(values);
  TRY_ASSIGN(const auto results, ir::evaluate(scratch, {}));
  std::vector<ir::ValueId> out;
  for (const ir::OwnedTensor& result : results) {
    TRY_ASSIGN(const ir::ValueId constant, l.constant(result.tensor.type, result.tensor.data));
    out.push_back(constant);
  }
  return out;
}

namespace {

/// Numbers that shapes are computed from are few; scales of quantisation are as many as channels.
bool stays_known(const TensorType& type) { return type.shape.elements() <= kMostKnown || (type.dtype == DType::kF32 && type.shape.rank() == 1); }

}  // namespace

Result<Layer::Outputs> Layer::infer(size_t trial) const {
  ir::Graph scratch;
  Lowering l{scratch, {}, name_};
  for (const Tensor* input : inputs_) {
    if (!input) return unsupported("an input is missing");
    TRY_ASSIGN(const TensorType type, input->type(trial));
    const ConstantPtr constant = input->known(trial);
    l.in.push_back(constant ? scratch.add_constant(constant) : scratch.add_input("x", type));
  }
  TRY_ASSIGN(const std::vector<ir::ValueId> values, lower_known(l));
  Outputs out;
  for (ir::ValueId v : values) {
    const ir::Value& value = scratch.value(v);
    out.types.push_back(value.type);
    out.known.push_back(value.constant && stays_known(value.type) ? value.constant : nullptr);
  }
  return out;
}

}  // namespace mindird::test_nvinfer
