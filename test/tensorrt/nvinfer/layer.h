// Tensors and layers of the test libnvinfer. A layer knows how it is expressed in the IR (lower), which gives both the types of its outputs and, when
// the network is built, the graph that is evaluated. The rules the headers document on types and shapes are checked there, so that a network
// the real library would refuse is refused here.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "defaults.h"
#include "engines/tensorrt/types.h"
#include "ir/graph.h"

namespace mindird::test_nvinfer {

using namespace nvinfer1;
using engines::tensorrt::ir_shape;
using engines::tensorrt::ir_type;
using engines::tensorrt::trt_dims;
using engines::tensorrt::trt_type;

class Layer;
class Network;

/// What a layer is expressed with.
struct Lowering {
  ir::Graph& graph;
  std::vector<ir::ValueId> in;
  std::string name;

  const TensorType& type(size_t i) const { return graph.type(in[i]); }
  size_t rank(size_t i) const { return type(i).shape.rank(); }
  Result<ir::ValueId> add(ir::OpPtr op, std::vector<ir::ValueId> inputs) { return graph.add(std::move(op), std::move(inputs), name); }
  Result<ir::ValueId> constant(const TensorType& type, const void* bytes);
  /// A constant of one f32 number converted to `dtype`, in `rank` dims.
  Result<ir::ValueId> scalar(double value, DType dtype, size_t rank = 0);
  Result<ir::ValueId> cast(ir::ValueId x, DType to);
  /// A number nobody expects where the documents leave the value undefined, so that no test passes by what the host happens to make of it.
  Result<ir::ValueId> spoil(ir::ValueId undefined, ir::ValueId value);
  /// The first number of a constant input, or nothing when it is computed.
  std::optional<double> number(size_t i) const;
  /// The values of an input that is a shape tensor (int32 or int64, one dim), or what is wrong with it.
  Result<std::vector<int64_t>> shape_values(size_t i) const;
};

/// Dims of -1 are tried with each of these: what comes out differently depends on them and is -1 to the caller.
inline constexpr std::array<int64_t, 2> kTrials = {5, 7};
/// Integer tensors up to this size are worked out where their inputs are known: sizes and axes.
inline constexpr int64_t kMostKnown = 64;

using Lowered = Result<std::vector<ir::ValueId>>;

/// UNSUPPORTED with the message unless the documented rule holds.
Status require(bool rule, std::string message);
Status require_floating(const TensorType& type);

class Tensor final : public ITensor, public defaults::Tensor {
 public:
  /// A network input; dims of -1 are open.
  Tensor(std::string name, const TensorType& type);
  /// An output of a layer.
  Tensor(Layer& layer, size_t index);

  void setName(char const* name) noexcept override { name_ = name; }
  char const* getName() const noexcept override { return name_.c_str(); }
  Dims getDimensions() const noexcept override;
  DataType getType() const noexcept override;
  bool isNetworkInput() const noexcept override { return layer_ == nullptr; }
  bool isNetworkOutput() const noexcept override { return is_output; }
  void setAllowedFormats(TensorFormats formats) noexcept override { formats_ = formats; }
  TensorFormats getAllowedFormats() const noexcept override { return formats_; }
  bool isShapeTensor() const noexcept override { return false; }

  Result<TensorType> type(size_t trial = 0) const;
  /// The contents where they are known without running anything; null for other tensors.
  ConstantPtr known(size_t trial) const;
  /// The layer whose output it is; null for a network input.
  const Layer* layer() const { return layer_; }
  static Tensor& of(ITensor& tensor) { return static_cast<Tensor&>(tensor); }

  bool is_output = false;
  /// A layer reads it, so what it is may not change any more without others noticing.
  bool consumed = false;

 private:
  std::string name_;
  TensorType given_;
  Layer* layer_ = nullptr;
  size_t index_ = 0;
  TensorFormats formats_ = 1U;
};

class Layer : public defaults::Layer {
 public:
  static constexpr const char* kUnnamed = "(unnamed)";
  Layer(Network& network, LayerType type, const std::vector<ITensor*>& inputs, size_t outputs);

  LayerType getType() const noexcept override { return type_; }
  void setName(char const* name) noexcept override { name_ = name; }
  char const* getName() const noexcept override { return name_.c_str(); }
  int32_t getNbInputs() const noexcept override { return static_cast<int32_t>(inputs_.size()); }
  ITensor* getInput(int32_t index) const noexcept override { return inputs_[static_cast<size_t>(index)]; }
  int32_t getNbOutputs() const noexcept override { return static_cast<int32_t>(outputs_.size()); }
  ITensor* getOutput(int32_t index) const noexcept override { return outputs_[static_cast<size_t>(index)].get(); }
  void setInput(int32_t index, ITensor& tensor) noexcept override;
  void setMetadata(char const* text) noexcept override { metadata_ = text; }
  char const* getMetadata() const noexcept override { return metadata_.c_str(); }

  virtual Lowered lower(Lowering& l) const = 0;
  /// lower(), with small integers that follow from constants worked out.
  Lowered lower_known(Lowering& l) const;
  struct Outputs {
    ir::Types types;
    std::vector<ConstantPtr> known;
  };
  /// Types of the outputs; an error is logged once.
  Result<Outputs> outputs(size_t trial) const;
  const std::vector<Tensor*>& inputs() const { return inputs_; }
  const Network& network() const { return network_; }

 protected:
  /// Sets or adds an input: what setInput does for the layers that take more inputs than they begin with.
  void set_input(size_t at, ITensor& tensor) noexcept;
  /// To be called by every setter.
  void changed() noexcept;

 private:
  Result<Outputs> infer(size_t trial) const;

  Network& network_;
  LayerType type_;
  std::string name_ = kUnnamed;
  std::string metadata_;
  std::vector<Tensor*> inputs_;
  std::vector<std::unique_ptr<Tensor>> outputs_;
  mutable std::array<std::optional<Result<Outputs>>, kTrials.size()> types_;
  mutable std::array<uint64_t, kTrials.size()> seen_{};
};

/// Joins the class users see (I), the interface behind it (D) and our layer.
template <class I, class D>
class LayerOf : public I, public D, public Layer {
 public:
  LayerOf(Network& network, LayerType type, const std::vector<ITensor*>& inputs, size_t outputs = 1) : Layer(network, type, inputs, outputs) {
    this->mImpl = this;
    this->mLayer = this;
  }
};

}  // namespace mindird::test_nvinfer
