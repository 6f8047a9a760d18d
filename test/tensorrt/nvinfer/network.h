// A network definition: the layers in the order in which they were added, and what the builder makes of them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "layer.h"

namespace mindird::test_nvinfer {

class Network final : public INetworkDefinition, public defaults::NetworkDefinition {
 public:
  Network(IBuilder& builder, ILogger& logger) : builder_(builder), logger_(logger) { mImpl = this; }

  ITensor* addInput(char const* name, DataType type, Dims const& dims) noexcept override;
  void markOutput(ITensor& tensor) noexcept override;
  void setName(char const* name) noexcept override { name_ = name; }
  char const* getName() const noexcept override { return name_.c_str(); }
  int32_t getNbLayers() const noexcept override { return static_cast<int32_t>(layers_.size()); }
  int32_t getNbInputs() const noexcept override { return static_cast<int32_t>(inputs_.size()); }
  ITensor* getInput(int32_t index) const noexcept override { return inputs_[static_cast<size_t>(index)].get(); }
  int32_t getNbOutputs() const noexcept override { return static_cast<int32_t>(outputs_.size()); }
  ITensor* getOutput(int32_t index) const noexcept override { return outputs_[static_cast<size_t>(index)]; }
  IBuilder& getBuilder() const noexcept override { return builder_; }

  IActivationLayer* addActivation(ITensor& input, ActivationType type) noexcept override;
  ICastLayer* addCast(ITensor& input, DataType type) noexcept override;
  IConcatenationLayer* addConcatenation(ITensor* const* inputs, int32_t count) noexcept override;
  IConstantLayer* addConstant(Dims const& dims, Weights weights) noexcept override;
  IConvolutionLayer* addConvolutionNd(ITensor& input, int64_t maps, Dims const& kernel, Weights weights, Weights bias) noexcept override;
  ICumulativeLayer* addCumulative(ITensor& input, ITensor& axis, CumulativeOperation operation, bool exclusive, bool reverse) noexcept override;
  IDequantizeLayer* addDequantizeV2(ITensor& input, ITensor& scale, DataType type) noexcept override;
  IQuantizeLayer* addQuantizeV2(ITensor& input, ITensor& scale, DataType type) noexcept override;
  IDeconvolutionLayer* addDeconvolutionNd(ITensor& input, int64_t maps, Dims const& kernel, Weights weights, Weights bias) noexcept override;
  IElementWiseLayer* addElementWise(ITensor& x, ITensor& y, ElementWiseOperation operation) noexcept override;
  IGatherLayer* addGather(ITensor& data, ITensor& indices, int32_t axis) noexcept override;
  IGatherLayer* addGatherV2(ITensor& data, ITensor& indices, GatherMode mode) noexcept override;
  IGridSampleLayer* addGridSample(ITensor& input, ITensor& grid) noexcept override;
  IIdentityLayer* addIdentity(ITensor& input) noexcept override;
  ILRNLayer* addLRN(ITensor& input, int64_t window, float alpha, float beta, float k) noexcept override;
  IMatrixMultiplyLayer* addMatrixMultiply(ITensor& x, MatrixOperation x_form, ITensor& y, MatrixOperation y_form) noexcept override;
  INormalizationLayer* addNormalization(ITensor& input, ITensor& scale, ITensor& bias, uint32_t axes) noexcept override;
  IPluginV3Layer* addPluginV3(ITensor* const* inputs, int32_t count, ITensor* const* shape_inputs, int32_t shape_count, IPluginV3& plugin) noexcept override;
  IPoolingLayer* addPoolingNd(ITensor& input, PoolingType type, Dims const& window) noexcept override;
  IReduceLayer* addReduce(ITensor& input, ReduceOperation operation, uint32_t axes, bool keep) noexcept override;
  IResizeLayer* addResize(ITensor& input) noexcept override;
  IScatterLayer* addScatter(ITensor& data, ITensor& indices, ITensor& updates, ScatterMode mode) noexcept override;
  ISelectLayer* addSelect(ITensor& condition, ITensor& x, ITensor& y) noexcept override;
  IShapeLayer* addShape(ITensor& input) noexcept override;
  IShuffleLayer* addShuffle(ITensor& input) noexcept override;
  ISliceLayer* addSlice(ITensor& input, Dims const& start, Dims const& size, Dims const& stride) noexcept override;
  ISoftMaxLayer* addSoftMax(ITensor& input) noexcept override;
  ITopKLayer* addTopK(ITensor& input, TopKOperation operation, int32_t k, uint32_t axes) noexcept override;
  IUnaryLayer* addUnary(ITensor& input, UnaryOperation operation) noexcept override;

  /// The whole network as a graph with these shapes of its inputs, or what is wrong with it.
  Result<ir::Graph> lower(std::span<const Shape> shapes) const;
  /// Of the inputs, with -1 for open dims.
  std::vector<Shape> input_shapes() const;
  bool has_open_dims() const { return has_open_dims_; }
  std::vector<std::string> layer_names() const;
  const Layer& layer(size_t index) const { return *layers_[index]; }
  void error(const std::string& message) const noexcept;
  /// The same for what makes the network useless: no engine is built of it any more.
  void refuse(const std::string& message) noexcept;
  uint64_t types_epoch() const { return epoch_; }
  void forget_types() { ++epoch_; }

  /// Takes a layer made by one of the add functions.
  template <class L>
  L* keep_layer(std::unique_ptr<L> layer) {
    L* const out = layer.get();
    layers_.push_back(std::move(layer));
    return out;
  }

 private:
  /// The graph under construction, and which layers it holds.
  struct LoweredNetwork {
    ir::Graph graph;
    std::unordered_map<const ITensor*, ir::ValueId> values;
    std::unordered_set<const Layer*> begun;
    std::unordered_set<const Layer*> done;
  };
  Status check_names() const;
  /// Adds a layer behind those it reads from.
  Status lower_layer(const Layer& layer, LoweredNetwork& lowered) const;

  IBuilder& builder_;
  ILogger& logger_;
  std::string refused_;
  std::string name_ = "network";
  std::vector<std::unique_ptr<Tensor>> inputs_;
  std::vector<Tensor*> outputs_;
  std::vector<std::unique_ptr<Layer>> layers_;
  uint64_t epoch_ = 1;
  bool has_open_dims_ = false;
};

}  // namespace mindird::test_nvinfer
