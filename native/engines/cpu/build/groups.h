// Fusion inside the engine: a group is one node that a builder turns into a step, and the elementwise nodes behind it that the step
// applies on its way out (activation, residual add, scaling).
#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/quantize.h"
#include "ops/elementwise/unary.h"

namespace mindird::engines::cpu {

/// One absorbed node: y = f(y), y = y op operand, or, last of all, the integers of y.
struct PostOp {
  ir::NodeId node = ir::kNone;
  const ops::Unary* unary = nullptr;
  const ops::Binary* binary = nullptr;
  ir::ValueId operand = ir::kNone;  // of a binary
  const ops::Quantize* quantize = nullptr;
};

struct Group {
  ir::NodeId anchor = ir::kNone;
  std::vector<PostOp> post;
  /// The node whose outputs the group's step produces.
  ir::NodeId last() const { return post.empty() ? anchor : post.back().node; }
};

/// Groups in the order their steps run. Without `fuse` every group is one node.
std::vector<Group> make_groups(const ir::Graph& graph, bool fuse);

}  // namespace mindird::engines::cpu
