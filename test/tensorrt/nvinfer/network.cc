#include "network.h"

#include <unordered_map>

#include "base/strings.h"

namespace mindird::test_nvinfer {

ITensor* Network::addInput(char const* name, DataType type, Dims const& dims) noexcept {
  const auto dtype = ir_type(type);
  const Shape shape = ir_shape(dims);
  if (!dtype || dims.nbDims < 0 || dims.nbDims > Dims::MAX_DIMS || !shape.known()) {
    error(str("input ", name, ": no tensor of type ", static_cast<int>(type), " and shape ", shape.text()));
    return nullptr;
  }
  for (const auto& other : inputs_) {
    if (std::string_view(other->getName()) == name) {
      error(str("two inputs are called ", name));
      return nullptr;
    }
  }
  inputs_.push_back(std::make_unique<Tensor>(name, TensorType{*dtype, shape}));
  return inputs_.back().get();
}

void Network::markOutput(ITensor& tensor) noexcept {
  Tensor& output = Tensor::of(tensor);
  if (output.is_output || output.isNetworkInput()) return error(str("tensor ", tensor.getName(), " cannot be made an output"));
  output.is_output = true;
  outputs_.push_back(&output);
}

void Network::error(const std::string& message) const noexcept { logger_.log(ILogger::Severity::kERROR, message.c_str()); }

std::vector<std::string> Network::layer_names() const {
  std::vector<std::string> out;
  for (const auto& layer : layers_) out.emplace_back(layer->getName());
  return out;
}

Result<ir::Graph> Network::lower() const {
  ir::Graph graph;
  graph.name = name_;
  std::unordered_map<const ITensor*, ir::ValueId> values;
  for (const auto& input : inputs_) {
    TRY_ASSIGN(const TensorType type, input->type());
    values[input.get()] = graph.add_input(input->getName(), type);
  }
  for (const auto& layer : layers_) {
    Lowering l{graph, {}, layer->getName()};
    for (const Tensor* input : layer->inputs()) {
      const auto it = values.find(input);
      if (it == values.end()) return unsupported(str(l.name, ": an input that comes later or from another network"));
      l.in.push_back(it->second);
    }
    TRY_ASSIGN(const std::vector<ir::ValueId> lowered, layer->lower(l).with(l.name));
    for (size_t i = 0; i < lowered.size(); ++i) values[layer->getOutput(static_cast<int32_t>(i))] = lowered[i];
  }
  if (outputs_.empty()) return unsupported("the network has no output");
  std::vector<ir::ValueId> outputs;
  for (const Tensor* output : outputs_) outputs.push_back(values.at(output));
  graph.set_outputs(std::move(outputs));
  return graph;
}

}  // namespace mindird::test_nvinfer
