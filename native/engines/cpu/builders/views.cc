// Reshape and Identity: no step at all where strides can express the new shape; otherwise the input is made plain first.
#include "engines/cpu/builders/views.h"

#include "engines/cpu/build/builder.h"
#include "ops/movement/identity.h"
#include "ops/movement/reshape.h"

namespace mindird::engines::cpu {

Verdict supports_any(const ir::Graph&, ir::NodeId) { return Verdict::accept(); }

Status build_reshaped(NodeBuilder& b) {
  const Shape& shape = b.out_type().shape;
  TRY_ASSIGN(Placed x, b.in(0));
  auto layout = x.layout.reshaped(shape);
  if (!layout) {
    TRY_ASSIGN(x, b.in_plain(0));
    layout = Layout::plain(shape);
  }
  b.set_view(0, {x.ref, x.dtype, *layout});
  return {};
}

namespace {

REGISTER_BUILDER(Reshape, {.supports = supports_any, .build = build_reshaped});
REGISTER_BUILDER(Identity, {.supports = supports_any, .build = build_reshaped});

}  // namespace
}  // namespace mindird::engines::cpu
