// Which models can be made pure functions of their inputs. Writes to memory that memory/effects.h lists become values (memory/resolve.h); any other side effect
// is refused before any work is done.
#include <unordered_map>

#include "base/strings.h"
#include "mindir/memory/effects.h"
#include "mindir/names.h"
#include "mindir/program.h"

namespace mindird::mindir {
namespace {

/// True for an attribute `side_effect_mem` or `side_effect_io` that is set.
bool has_side_effect(const PrimitiveView& primitive, WireContext& context) {
  for (const AttributeView& attribute : primitive.attributes) {
    if (attribute.name != "side_effect_mem" && attribute.name != "side_effect_io") continue;
    Cursor c(context, attribute.bytes, "AttributeProto");
    while (c.next()) {
      if (c.field() == 3) return c.integer() != 0;
      c.skip();
    }
  }
  return false;
}

Status refuse(const NodeView& node, std::string_view op, std::string_view reason) {
  return unsupported(str("node \"", scope_of(node), "\" (", printable(op), "): ", reason));
}

using Primitives = std::unordered_map<std::string_view, const PrimitiveView*>;

Status check_graph(const GraphView& graph, const Primitives& primitives, WireContext& context) {
  for (const NodeView& node : graph.nodes) {
    std::string_view op = node.op_type;
    const PrimitiveView* primitive = nullptr;
    if (op.starts_with(kReference)) {
      const auto found = primitives.find(op.substr(kReference.size()));
      if (found == primitives.end()) continue;  // a call
      primitive = found->second;
      op = primitive->op_type;
    }
    if (!primitive || effect_of(op) != Effect::kNone) continue;
    if (op == "Embedding" || op == "raise") continue;  // refused where it is lowered: Embedding with a limit of its norms, and a branch that raises
    if (has_side_effect(*primitive, context)) return refuse(node, op, "has a side effect that is not supported");
  }
  return {};
}

}  // namespace

Status check_pure(const ModelView& model, WireContext& context) {
  Primitives primitives;
  for (const PrimitiveView& primitive : model.primitives) primitives.emplace(primitive.name, &primitive);
  TRY(check_graph(model.graph, primitives, context));
  for (const GraphView& function : model.functions) TRY(check_graph(function, primitives, context));
  return {};
}

}  // namespace mindird::mindir
