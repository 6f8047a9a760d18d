// The layer behind TopK and Sort: the best k elements along a dim, in order, with their places.
#pragma once

#include "engines/engine.h"
#include "engines/tensorrt/node_builder.h"

namespace mindird::engines::tensorrt {

/// The most elements the layer puts in order.
inline constexpr int64_t kMostInOrder = 3840;

/// Refuses an axis the layer does not take (NvInfer.h, addTopK: "it must be one of the last four dimensions").
Verdict takes_axis(const ir::Graph& graph, const ir::Node& node, int64_t axis);

/// Sets both outputs of the node: the `k` largest, or smallest, elements of its first input along `axis`, and where they are.
Status build_best_of(NodeBuilder& b, int64_t axis, bool largest, int64_t k);

}  // namespace mindird::engines::tensorrt
