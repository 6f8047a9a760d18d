// Which models can be made pure functions of their inputs. Writes to memory that memory/effects.h lists become values (memory/resolve.h); any other side effect,
// and anything that picks a function at run time, is refused before any work is done.
#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "base/strings.h"
#include "mindir/memory/effects.h"
#include "mindir/names.h"
#include "mindir/program.h"

namespace mindird::mindir {
namespace {

constexpr std::string_view kReference = "REF::";
constexpr std::array<std::string_view, 5> kControlFlow = {"Switch", "SwitchLayer", "switch_layer", "Partial", "While"};

template <size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

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

}  // namespace

Status check_pure(const ModelView& model, WireContext& context) {
  std::unordered_map<std::string_view, const PrimitiveView*> primitives;
  for (const PrimitiveView& primitive : model.primitives) primitives.emplace(primitive.name, &primitive);
  std::unordered_set<std::string_view> functions;
  for (const GraphView& function : model.functions) functions.insert(function.name);
  for (const NodeView& node : model.graph.nodes) {
    std::string_view op = node.op_type;
    const PrimitiveView* primitive = nullptr;
    if (op.starts_with(kReference)) {
      const auto found = primitives.find(op.substr(kReference.size()));
      if (found == primitives.end()) {
        const std::string_view target = op.substr(kReference.size());
        if (functions.contains(target) || !model.functions.empty()) {
          return refuse(node, "call", "calls a function; control flow that depends on data is not supported");
        }
        return invalid_model(str("node \"", scope_of(node), "\" refers to the primitive \"", printable(target), "\", which the file does not define"));
      }
      primitive = found->second;
      op = primitive->op_type;
    }
    if (contains(kControlFlow, op)) return refuse(node, op, "control flow that depends on data is not supported");
    if (!primitive || effect_of(op) != Effect::kNone || op == "Embedding") continue;  // with a limit of its norms Embedding is refused where it is lowered
    if (has_side_effect(*primitive, context)) return refuse(node, op, "has a side effect that is not supported");
  }
  return {};
}

}  // namespace mindird::mindir
