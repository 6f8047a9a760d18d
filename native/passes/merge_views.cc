// Chains of operators that only rename or reorder elements become one operator, and those that do not move data in
// memory become Reshape, which engines run for nothing.
//
//   Reshape(Reshape(x))      becomes  Reshape(x)
//   Transpose(Transpose(x))  becomes  Transpose(x) with both permutations
//   Cast(Cast(x))            becomes  Cast(x), where the first cast loses nothing
//   Transpose, Expand, Reduce that keep every element in its place: Reshape
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "ops/elementwise/cast.h"
#include "ops/movement/expand.h"
#include "ops/reduction/reduce.h"
#include "ops/movement/reshape.h"
#include "ops/movement/transpose.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

/// Bits of whole numbers that a type holds exactly, without sign.
int exact_bits(DType dtype) {
  switch (dtype) {
    case DType::kBool: return 1;
    case DType::kF16: return 11;
    case DType::kBF16: return 8;
    case DType::kF32: return 24;
    case DType::kF64: return 53;
    default: return static_cast<int>(dtype_size(dtype)) * 8 - (is_signed_integer(dtype) ? 1 : 0);
  }
}

bool has_sign(DType dtype) { return is_floating(dtype) || is_signed_integer(dtype); }

/// True when every value of `from` is a value of `to`.
bool lossless(DType from, DType to) {
  if (from == to || from == DType::kBool) return true;
  if (to == DType::kBool || (has_sign(from) && !has_sign(to))) return false;
  if (is_floating(from)) return to == DType::kF64 || (to == DType::kF32 && from != DType::kF64);
  return exact_bits(from) <= exact_bits(to);
}

Result<bool> merge_casts(ir::Graph& graph, ir::NodeId id) {
  const ir::Node node = graph.node(id);
  if (!produced_by<ops::Cast>(graph, node.inputs[0])) return false;
  const ir::ValueId x = producer(graph, node.inputs[0]).inputs[0];
  if (!lossless(graph.type(x).dtype, graph.type(node.inputs[0]).dtype)) return false;
  TRY_ASSIGN(const ir::ValueId merged, graph.add(node.op, {x}, node.origin));
  replace(graph, node.outputs[0], merged);
  return true;
}

Result<bool> merge_transposes(ir::Graph& graph, ir::NodeId id) {
  const ir::Node node = graph.node(id);
  const auto* inner = produced_by<ops::Transpose>(graph, node.inputs[0]);
  if (!inner) return false;
  const auto& outer = static_cast<const ops::Transpose&>(*node.op);
  auto op = std::make_shared<ops::Transpose>();
  for (const int64_t p : outer.perm) op->perm.push_back(inner->perm[static_cast<size_t>(p)]);
  TRY_ASSIGN(const ir::ValueId merged, graph.add(std::move(op), {producer(graph, node.inputs[0]).inputs[0]}, node.origin));
  replace(graph, node.outputs[0], merged);
  return true;
}

/// Puts a Reshape of `x` in the place of a node.
Result<bool> become_reshape(ir::Graph& graph, ir::NodeId id, ir::ValueId x) {
  const ir::Node node = graph.node(id);
  auto op = std::make_shared<ops::Reshape>();
  op->shape = graph.type(node.outputs[0]).shape.vector();
  TRY_ASSIGN(const ir::ValueId view, graph.add(std::move(op), {x}, node.origin));
  replace(graph, node.outputs[0], view);
  return true;
}

Result<bool> merge_reshapes(ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  if (produced_by<ops::Reshape>(graph, node.inputs[0])) return become_reshape(graph, id, producer(graph, node.inputs[0]).inputs[0]);
  // A dim left open in the attribute is written out, so that equal nodes look equal.
  const auto& op = static_cast<const ops::Reshape&>(*node.op);
  const std::vector<int64_t>& shape = graph.type(node.outputs[0]).shape.vector();
  if (op.shape == shape) return false;
  graph.set_op(id, changed_copy(op, [&](ops::Reshape& copy) { copy.shape = shape; }));
  return true;
}

bool moves_only_unit_dims(const ops::Transpose& op, const Shape& shape) {
  int64_t last = -1;
  for (const int64_t from : op.perm) {
    if (shape[static_cast<size_t>(from)] == 1) continue;
    if (from < last) return false;
    last = from;
  }
  return true;
}

Result<bool> transpose(ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  if (moves_only_unit_dims(static_cast<const ops::Transpose&>(*node.op), graph.type(node.inputs[0]).shape)) {
    return become_reshape(graph, id, node.inputs[0]);
  }
  return merge_transposes(graph, id);
}

Result<bool> expand(ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  if (graph.type(node.inputs[0]).shape.elements() != graph.type(node.outputs[0]).shape.elements()) return false;
  return become_reshape(graph, id, node.inputs[0]);
}

Result<bool> reduce(ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  const Shape& shape = graph.type(node.inputs[0]).shape;
  const auto& axes = static_cast<const ops::Reduce&>(*node.op).axes;
  if (!std::all_of(axes.begin(), axes.end(), [&](int64_t axis) { return shape[static_cast<size_t>(axis)] == 1; })) return false;
  if (graph.type(node.inputs[0]).dtype != graph.type(node.outputs[0]).dtype) return false;
  return become_reshape(graph, id, node.inputs[0]);
}

struct ViewRule {
  std::string_view id;
  Result<bool> (*apply)(ir::Graph&, ir::NodeId);
};
constexpr std::array kViewRules = {
    ViewRule{ops::Reshape::kId, merge_reshapes}, ViewRule{ops::Transpose::kId, transpose}, ViewRule{ops::Cast::kId, merge_casts},
    ViewRule{ops::Expand::kId, expand},          ViewRule{ops::Reduce::kId, reduce},
};

}  // namespace

Result<bool> merge_views(ir::Graph& graph, PassContext&) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    const std::string_view op = graph.node(id).op->id();
    const auto rule = std::find_if(kViewRules.begin(), kViewRules.end(), [&](const ViewRule& r) { return r.id == op; });
    if (rule == kViewRules.end()) return false;
    return rule->apply(graph, id);
  });
}

}  // namespace mindird::passes
