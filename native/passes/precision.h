// Computing a graph in a lower number format where that gains something, and in f32 elsewhere: choose_precision() decides for every node
// (precision_rules.h has the operators' share in it), with_precision() makes the graph in which those decisions are element types.
//
//   x: f32 ─► Conv ─► Relu ─► Softmax ─► y: f32      becomes      x: f32 ─► Cast ─► Conv ─► Relu ─► Cast ─► Softmax ─► y: f32
//                                                                                   f16            f32
//
// Inputs and outputs of the graph keep their types, so do f64, integers and booleans. A value is cast at most once to each type, and never
// there and back. Of sizes only numbers of channels are looked at, so graphs that differ in their batch size alone get the same decisions.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"
#include "passes/constant_store.h"

namespace mindird::passes {

/// Channels that a sum of products reads and gives, and how many of those it reads go into one sum.
struct Channels {
  int64_t in = 0;
  int64_t out = 0;
  int64_t summed = 0;
};

/// The least numbers of channels that are worth a lower type.
struct FewestChannels {
  Channels matrix;
  Channels convolution;
};

struct PrecisionOptions {
  /// f16, bf16, or f32: then everything of f16 and bf16 becomes f32.
  DType low = DType::kF32;
  /// Nodes that stay f32: their names (`*` stands for any characters), or names of operators.
  std::vector<std::string> keep_fp32;
  /// Sums of products from or to fewer channels stay f32.
  FewestChannels fewest = {};
  /// Nodes that stay f32 for a reason of the caller's, by id.
  std::map<ir::NodeId, std::string> keep_nodes;
};

/**
 * What `fewest` should be. Matrix units take channels in eights, so that narrower products gain nothing from a lower type. With the 8
 * digits of bf16 accuracy asks for more: rounding errors of few channels do not average out, and every layer behind makes them larger. That
 * shows most in deep convolutional networks (ResNet50 and MobileNetV2 with random weights), where nothing normalises between the layers.
 */
FewestChannels usual_fewest_channels(DType low);

struct NodePrecision {
  /// What the node's f16, bf16 and f32 values become; nothing for nodes that have none, and for those that also compute in f64.
  std::optional<DType> dtype;
  /// Why it is f32; empty for nodes in the lower type.
  std::string why;
};

/// One decision for each node id of the graph.
std::vector<NodePrecision> choose_precision(const ir::Graph& graph, const PrecisionOptions& options);

/// Entries of `keep_fp32` that name no node of the graph and no operator in it.
std::vector<std::string> unmatched_names(const ir::Graph& graph, std::span<const std::string> keep_fp32);

struct Retyped {
  ir::Graph graph;
  /// By node id of `graph`: the node it was made of, or kNone for a cast.
  std::vector<ir::NodeId> source;
};

/// The graph with the decided types. `decisions` may come from another graph with the same nodes. Verified.
Result<Retyped> with_precision(const ir::Graph& graph, std::span<const NodePrecision> decisions, ConstantStore* constants = nullptr);

/// True for f16, bf16 and f32: the types that may become each other.
inline bool is_short_float(DType dtype) { return dtype == DType::kF16 || dtype == DType::kBF16 || dtype == DType::kF32; }

}  // namespace mindird::passes
