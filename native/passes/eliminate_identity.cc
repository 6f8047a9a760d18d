// Nodes whose output is their first input, element for element: Identity, Cast to the same type, Reshape and Expand to
// the same shape, Transpose that moves only dims of size 1 among each other, Slice of everything, Pad by nothing, Tile
// once, Concat of one, Reverse and Reduce of dims of size 1, pooling with a window of one element, Resize to the same
// size.
//
//   x ── Cast(same type) ── y        becomes        x = y
#include <algorithm>
#include <array>
#include <span>

#include "ops/pooling/adaptive_pool.h"
#include "ops/elementwise/cast.h"
#include "ops/movement/concat.h"
#include "ops/movement/expand.h"
#include "ops/movement/identity.h"
#include "ops/movement/pad.h"
#include "ops/pooling/pool.h"
#include "ops/reduction/reduce.h"
#include "ops/movement/reshape.h"
#include "ops/image/resize.h"
#include "ops/movement/reverse.h"
#include "ops/movement/slice.h"
#include "ops/movement/tile.h"
#include "ops/movement/transpose.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

bool all_equal(std::span<const int64_t> values, int64_t wanted) {
  return std::all_of(values.begin(), values.end(), [&](int64_t v) { return v == wanted; });
}

bool all_unit_dims(const Shape& shape, std::span<const int64_t> axes) {
  return std::all_of(axes.begin(), axes.end(), [&](int64_t axis) {
    const auto at = normalize_axis(axis, shape.rank());
    return at && shape[*at] <= 1;
  });
}

bool keeps_order(const ops::Transpose& op, const Shape& shape) {
  int64_t last = -1;
  for (const int64_t from : op.perm) {
    if (shape[static_cast<size_t>(from)] == 1) continue;
    if (from < last) return false;
    last = from;
  }
  return true;
}

bool takes_all(const ops::Slice& op) {
  for (size_t i = 0; i < op.size.size(); ++i) {
    if (op.size[i] > 1 && op.stride[i] != 1) return false;
  }
  return true;
}

bool one_element_windows(const ops::Pool& op) {
  return all_equal(op.kernel, 1) && all_equal(op.stride, 1) && all_equal(op.pad_begin, 0) && all_equal(op.pad_end, 0) && op.divisor_override <= 1;
}

/// Says, of a node whose output type equals the type of its first input, whether it changes nothing.
using Test = bool (*)(const ir::Op& op, const ir::Graph& graph, const ir::Node& node);
struct IdentityRule {
  std::string_view id;
  Test test;
};

template <class T>
const T& as(const ir::Op& op) {
  return static_cast<const T&>(op);
}

constexpr auto kAlways = [](const ir::Op&, const ir::Graph&, const ir::Node&) { return true; };

constexpr std::array kIdentityRules = {
    IdentityRule{ops::Identity::kId, kAlways},
    IdentityRule{ops::Cast::kId, kAlways},
    IdentityRule{ops::Reshape::kId, kAlways},
    IdentityRule{ops::Expand::kId, kAlways},
    IdentityRule{ops::Tile::kId, kAlways},
    IdentityRule{ops::Resize::kId, kAlways},
    IdentityRule{ops::AdaptivePool::kId, kAlways},
    IdentityRule{ops::Concat::kId, [](const ir::Op&, const ir::Graph&, const ir::Node& node) { return node.inputs.size() == 1; }},
    IdentityRule{ops::Transpose::kId,
                 [](const ir::Op& op, const ir::Graph& g, const ir::Node& node) { return keeps_order(as<ops::Transpose>(op), g.type(node.inputs[0]).shape); }},
    IdentityRule{ops::Slice::kId, [](const ir::Op& op, const ir::Graph&, const ir::Node&) { return takes_all(as<ops::Slice>(op)); }},
    IdentityRule{ops::Pad::kId, [](const ir::Op& op, const ir::Graph&, const ir::Node&) { return all_equal(as<ops::Pad>(op).before, 0); }},
    IdentityRule{ops::Reverse::kId, [](const ir::Op& op, const ir::Graph& g,
                                       const ir::Node& node) { return all_unit_dims(g.type(node.inputs[0]).shape, as<ops::Reverse>(op).axes); }},
    IdentityRule{ops::Reduce::kId, [](const ir::Op& op, const ir::Graph& g,
                                      const ir::Node& node) { return all_unit_dims(g.type(node.inputs[0]).shape, as<ops::Reduce>(op).axes); }},
    IdentityRule{ops::Pool::kId, [](const ir::Op& op, const ir::Graph&, const ir::Node&) { return one_element_windows(as<ops::Pool>(op)); }},
};

bool changes_nothing(const ir::Graph& graph, const ir::Node& node) {
  if (node.inputs.empty() || node.outputs.size() != 1 || !(graph.type(node.inputs[0]) == graph.type(node.outputs[0]))) return false;
  const auto rule = std::find_if(kIdentityRules.begin(), kIdentityRules.end(), [&](const IdentityRule& r) { return r.id == node.op->id(); });
  return rule != kIdentityRules.end() && rule->test(*node.op, graph, node);
}

}  // namespace

Result<bool> eliminate_identity(ir::Graph& graph, PassContext&) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    const ir::Node& node = graph.node(id);
    if (!changes_nothing(graph, node)) return false;
    replace(graph, node.outputs[0], node.inputs[0]);
    return true;
  });
}

}  // namespace mindird::passes
