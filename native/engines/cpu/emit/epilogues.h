// The absorbed operations of a group in the form own kernels apply them.
#pragma once

#include <optional>

#include "engines/cpu/build/node_builder.h"
#include "engines/cpu/kernels/epilogue.h"

namespace mindird::engines::cpu {

struct GroupEpilogue {
  Epilogue epilogue;
  ir::ValueId residual = ir::kNone;  // a value of the output's shape, added before the activation
  size_t taken = 0;                  // how many of the group's operations this covers, from the front
};

/// The longest prefix of the absorbed operations that own kernels can apply: at most one added tensor, then at most one activation.
GroupEpilogue find_epilogue(const ir::Graph& graph, const Group& group);
/// Places the added tensor as `layout` and notes it among what a step uses; no area where there is none.
Result<Ref> place_residual(NodeBuilder& b, const GroupEpilogue& found, const Layout& layout, std::vector<Ref>& refs);
/// Applies the operations from `first` on to an f32 value in place, by oneDNN steps.
Status emit_rest(NodeBuilder& b, const Placed& value, size_t first);

}  // namespace mindird::engines::cpu
