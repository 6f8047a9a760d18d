// Reverse: one copy with negative strides.
#include "ops/movement/reverse.h"

#include "engines/cpu/build/builder.h"
#include "engines/cpu/builders/views.h"
#include "engines/cpu/emit/pieces.h"

namespace mindird::engines::cpu {
namespace {

Status build(NodeBuilder& b) {
  TRY_ASSIGN(const Placed x, b.in(0));
  Layout backwards = x.layout;
  int64_t first = 0;
  for (const int64_t axis : b.op<ops::Reverse>().axes) {
    const size_t d = *normalize_axis(axis, x.layout.dims.rank());
    first += (x.layout.dims[d] - 1) * x.layout.strides[d];
    backwards.strides[d] = -x.layout.strides[d];
  }
  const Placed y = b.out(0, in_order_of(b, x.layout, x.layout.dims));
  emit_pieces(b, {{x.ref, backwards, first, y.layout, 0}}, y);
  return {};
}

REGISTER_BUILDER(Reverse, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
