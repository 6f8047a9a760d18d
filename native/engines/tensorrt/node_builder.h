// What a builder works with: the node, its inputs as TensorRT tensors, the network under construction, and the helpers most builders need.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/status.h"
#include "engines/batch_rows.h"
#include "engines/tensorrt/nvinfer.h"
#include "engines/tensorrt/types.h"
#include "ir/graph.h"

namespace mindird::engines::tensorrt {

/// The network of one subgraph while it is built. Weights given to it live here until the engine is built.
struct NetworkDraft {
  trt::INetworkDefinition* network = nullptr;
  const ir::Graph* graph = nullptr;
  /// Not 0: the graph is the symbolic one of BatchProfiles, and dims that are multiples of this are -1 in the network.
  int64_t placeholder = 0;
  std::unordered_map<ir::ValueId, trt::ITensor*> tensors;
  std::deque<std::vector<std::byte>> weights;
  /// The batch size as a shape tensor of one element, once one was needed.
  trt::ITensor* batch = nullptr;
  /// Names of layers so far.
  std::unordered_set<std::string> names;
  std::unordered_set<const trt::ILayer*> named;
  /// How often an origin was asked for.
  std::unordered_map<std::string, int> asked;
  /// What makes the network one for the placeholder alone: a constant with the batch in its shape. Empty: nothing.
  std::string baked_in;

  bool grows(int64_t dim) const { return placeholder != 0 && grows_with_batch(dim, placeholder); }
  bool grows(const Shape& shape) const;
  /// Names a layer of this node or constant: `origin`, then `origin#2` …, since a network whose layers share a name is refused (TensorRT's
  /// validateNames: "Repeated layer name").
  void name(trt::ILayer& layer, const std::string& origin);
  /// With -1 for what grows.
  trt::Dims dims(const Shape& shape) const;
};

class NodeBuilder {
 public:
  NodeBuilder(NetworkDraft& draft, ir::NodeId node) : draft_(draft), graph_(*draft.graph), node_(graph_.node(node)) {}

  const ir::Graph& graph() const { return graph_; }
  const ir::Node& node() const { return node_; }
  template <class T>
  const T& op() const {
    return static_cast<const T&>(*node_.op);
  }
  trt::INetworkDefinition& network() const { return *draft_.network; }

  size_t inputs() const { return node_.inputs.size(); }
  const TensorType& type(size_t i) const { return graph_.type(node_.inputs[i]); }
  const TensorType& output_type(size_t i = 0) const { return graph_.type(node_.outputs[i]); }
  size_t rank(size_t i) const { return type(i).shape.rank(); }
  /// The contents of input i, or null when it is no constant.
  const Constant* constant(size_t i) const { return graph_.value(node_.inputs[i]).constant.get(); }

  /// Input i in the network; a constant becomes a constant layer when first used.
  trt::ITensor* input(size_t i);
  /// Input i with ones in front of its dims, up to `rank`.
  trt::ITensor* input_of_rank(size_t i, size_t rank);
  void set_output(size_t i, trt::ITensor* tensor) { draft_.tensors[node_.outputs[i]] = tensor; }

  /// Names the layer after the node and gives its output; null stays null.
  trt::ITensor* output_of(trt::ILayer* layer, int32_t index = 0);
  /// The only output of the node is that of the layer; ENGINE_FAILED when TensorRT refused the layer.
  Status finish(trt::ILayer* layer);
  Status finish(trt::ITensor* tensor);

  bool grows(int64_t dim) const { return draft_.grows(dim); }
  bool grows(const Shape& shape) const { return draft_.grows(shape); }
  /// A shape with the batch in it as an int64 shape tensor of one dim.
  trt::ITensor* shape_tensor(const Shape& shape);

  // --- pieces ---------------------------------------------------------------------------------------------------
  trt::ITensor* reshape(trt::ITensor* x, const Shape& shape);
  /// `size` may contain the batch.
  trt::ISliceLayer* slice(trt::ITensor* x, const trt::Dims& start, const Shape& size, const trt::Dims& stride);
  trt::ITensor* transpose(trt::ITensor* x, std::span<const int64_t> permutation);
  trt::ITensor* cast(trt::ITensor* x, DType to);
  trt::ITensor* unary(trt::ITensor* x, trt::UnaryOperation operation);
  trt::ITensor* binary(trt::ITensor* x, trt::ITensor* y, trt::ElementWiseOperation operation);
  /// `alpha` and `beta` as the type takes them; one that takes neither ignores them.
  trt::ITensor* activation(trt::ITensor* x, trt::ActivationType type, float alpha = 0, float beta = 0);
  /// Elementwise: x where the condition holds, else y.
  trt::ITensor* select(trt::ITensor* condition, trt::ITensor* x, trt::ITensor* y);
  /// A constant of one element in `rank` dims.
  trt::ITensor* scalar(double value, DType dtype, size_t rank);
  trt::ITensor* filled(double value, DType dtype, const Shape& shape);
  trt::ITensor* integers(std::span<const int64_t> values, const Shape& shape, DType dtype = DType::kI32);
  trt::ITensor* constant_tensor(const TensorType& type, std::vector<std::byte> bytes);
  /// The weights of a constant input, as they are.
  trt::Weights weights(size_t i) const;
  /// The element type of input i; every node a builder sees has types of TensorRT.
  trt::DataType weights_type(size_t i) const { return *trt_type(type(i).dtype); }

 private:
  trt::ITensor* batch_size();

  NetworkDraft& draft_;
  const ir::Graph& graph_;
  const ir::Node& node_;
};

}  // namespace mindird::engines::tensorrt
