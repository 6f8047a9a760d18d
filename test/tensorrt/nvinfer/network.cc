#include "network.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "base/strings.h"

namespace mindird::test_nvinfer {
namespace {

/// The header allows 4096 bytes with the zero at the end.
constexpr size_t kLongestName = 4095;

}  // namespace

ITensor* Network::addInput(char const* name, DataType type, Dims const& dims) noexcept {
  const auto dtype = ir_type(type);
  const Shape shape = ir_shape(dims);
  if (!dtype || dims.nbDims < 0 || dims.nbDims > Dims::MAX_DIMS || std::any_of(shape.begin(), shape.end(), [](int64_t d) { return d < -1; })) {
    error(str("input ", name, ": no tensor of type ", static_cast<int>(type), " and shape ", shape.text()));
    return nullptr;
  }
  if (std::string_view(name).size() > kLongestName) {
    error(str("input ", std::string_view(name).substr(0, 20), "…: the name is longer than ", kLongestName, " characters"));
    return nullptr;
  }
  for (const auto& other : inputs_) {
    if (std::string_view(other->getName()) == name) {
      error(str("two inputs are called ", name));
      return nullptr;
    }
  }
  has_open_dims_ = has_open_dims_ || !shape.known();
  inputs_.push_back(std::make_unique<Tensor>(name, TensorType{*dtype, shape}));
  return inputs_.back().get();
}

void Network::markOutput(ITensor& tensor) noexcept {
  Tensor& output = Tensor::of(tensor);
  if (output.is_output || output.isNetworkInput()) return refuse(str("tensor ", tensor.getName(), " cannot be made an output"));
  output.is_output = true;
  outputs_.push_back(&output);
}

void Network::refuse(const std::string& message) noexcept {
  error(message);
  if (refused_.empty()) refused_ = message;
}

Status Network::check_names() const {
  std::set<std::string_view> names;
  for (const auto& input : inputs_) names.insert(input->getName());
  for (const Tensor* output : outputs_) {
    TRY(require(names.insert(output->getName()).second, str("two inputs or outputs are called ", output->getName())));
  }
  // The library's own words (libnvinfer 11.2, validateNames). Names it gives itself are distinct.
  std::set<std::string_view> layers;
  for (const auto& layer : layers_) {
    const std::string_view name = layer->getName();
    TRY(require(name == Layer::kUnnamed || layers.insert(name).second, str("Repeated layer name ", name, " (layers must have distinct names)")));
  }
  return {};
}

void Network::error(const std::string& message) const noexcept { logger_.log(ILogger::Severity::kERROR, message.c_str()); }

std::vector<std::string> Network::layer_names() const {
  std::vector<std::string> out;
  for (const auto& layer : layers_) out.emplace_back(layer->getName());
  return out;
}

Status Network::lower_layer(const Layer& layer, LoweredNetwork& lowered) const {
  if (lowered.done.contains(&layer)) return {};
  const std::string name = layer.getName();
  TRY(require(lowered.begun.insert(&layer).second, str(name, ": the layer depends on itself")));
  std::vector<ir::ValueId> in;
  for (const Tensor* input : layer.inputs()) {
    // Layers may be added in any order; only what they read decides.
    TRY(require(input != nullptr, str(name, ": an input is missing")));
    if (const Layer* producer = input->layer(); producer && &producer->network() == this) TRY(lower_layer(*producer, lowered));
    const auto it = lowered.values.find(input);
    TRY(require(it != lowered.values.end(), str(name, ": an input from another network")));
    in.push_back(it->second);
  }
  Lowering l{lowered.graph, std::move(in), name};
  TRY_ASSIGN(const std::vector<ir::ValueId> values, layer.lower_known(l).with(name));
  // Bytes are inputs and outputs of the network, and nothing but casts lies between them and other types.
  const auto bytes = [&](ir::ValueId v) { return lowered.graph.type(v).dtype == DType::kU8; };
  const bool any = std::any_of(l.in.begin(), l.in.end(), bytes) || std::any_of(values.begin(), values.end(), bytes);
  TRY(require(!any || layer.getType() == LayerType::kCAST, str(name, ": kUINT8 at a layer other than a cast")));
  for (size_t i = 0; i < values.size(); ++i) lowered.values[layer.getOutput(static_cast<int32_t>(i))] = values[i];
  lowered.done.insert(&layer);
  return {};
}

std::vector<Shape> Network::input_shapes() const {
  std::vector<Shape> out;
  for (const auto& input : inputs_) out.push_back(ir_shape(input->getDimensions()));
  return out;
}

Result<ir::Graph> Network::lower(std::span<const Shape> shapes) const {
  TRY(require(refused_.empty(), refused_));
  TRY(check_names());
  LoweredNetwork lowered;
  lowered.graph.name = name_;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    TRY_ASSIGN(TensorType type, inputs_[i]->type());
    type.shape = shapes[i];
    lowered.values[inputs_[i].get()] = lowered.graph.add_input(inputs_[i]->getName(), type);
  }
  for (const auto& layer : layers_) TRY(lower_layer(*layer, lowered));
  TRY(require(!outputs_.empty(), "the network has no output"));
  std::vector<ir::ValueId> outputs;
  for (const Tensor* output : outputs_) outputs.push_back(lowered.values.at(output));
  lowered.graph.set_outputs(std::move(outputs));
  return std::move(lowered.graph);
}

}  // namespace mindird::test_nvinfer
