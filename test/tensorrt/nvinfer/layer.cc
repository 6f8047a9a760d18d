#include "layer.h"

#include <cstdio>
#include <cstdlib>

#include "base/strings.h"
#include "network.h"
#include "ops/cast.h"
#include "ops/support.h"

namespace mindird::test_nvinfer {

void missing(const char* function) {
  std::fprintf(stderr, "the test libnvinfer has no %s\n", function);
  std::abort();
}

Status require(bool rule, std::string message) { return rule ? Status() : unsupported(std::move(message)); }

Status require_floating(const TensorType& type) {
  return require(type.dtype == DType::kF32 || type.dtype == DType::kF16 || type.dtype == DType::kBF16, str("input of type ", type.text(), ", want floating point"));
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

std::optional<double> Lowering::number(size_t i) const {
  const Constant* found = graph.value(in[i]).constant.get();
  if (!found) return std::nullopt;
  double out = 0;
  const Status status = ops::dispatch_any(found->type().dtype, [&]<class T>() { out = static_cast<double>(ops::load(found->as<T>()[0])); });
  return status.ok() ? std::optional(out) : std::nullopt;
}

Tensor::Tensor(std::string name, const TensorType& type) : name_(std::move(name)), given_(type) { mImpl = this; }

Tensor::Tensor(Layer& layer, size_t index) : name_("(unnamed)"), layer_(&layer), index_(index) { mImpl = this; }

Result<TensorType> Tensor::type() const {
  if (!layer_) return given_;
  TRY_ASSIGN(const ir::Types types, layer_->types());
  return types[index_];
}

const void* Tensor::constant_bytes() const { return layer_ ? layer_->constant_bytes() : nullptr; }

Dims Tensor::getDimensions() const noexcept {
  const auto known = type();
  Dims unknown{};
  unknown.nbDims = -1;
  return known.ok() ? trt_dims(known.value().shape) : unknown;
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
  types_.reset();
  for (const auto& output : outputs_) {
    if (output->consumed) network_.forget_types();
  }
}

Result<ir::Types> Layer::types() const {
  if (!types_ || seen_ != network_.types_epoch()) {
    types_ = infer();
    seen_ = network_.types_epoch();
    if (!types_->ok()) network_.error(str(name_, ": ", types_->status().message()));
  }
  return *types_;
}

Result<ir::Types> Layer::infer() const {
  ir::Graph scratch;
  Lowering l{scratch, {}, name_};
  for (const Tensor* input : inputs_) {
    if (!input) return unsupported("an input is missing");
    TRY_ASSIGN(const TensorType type, input->type());
    // Layers read small constants (a depth, an axis) to know their types; large ones are left out to keep this quick.
    if (const void* bytes = input->constant_bytes(); bytes && type.shape.elements() <= 64) {
      TRY_ASSIGN(const ir::ValueId constant, l.constant(type, bytes));
      l.in.push_back(constant);
    } else {
      l.in.push_back(scratch.add_input("x", type));
    }
  }
  TRY_ASSIGN(const std::vector<ir::ValueId> values, lower(l));
  ir::Types out;
  for (ir::ValueId v : values) out.push_back(scratch.type(v));
  return out;
}

}  // namespace mindird::test_nvinfer
