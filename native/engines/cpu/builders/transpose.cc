// Transpose: a view with permuted strides; whoever needs another order copies. Without optimization a copy at once.
#include "ops/movement/transpose.h"

#include "engines/cpu/build/builder.h"
#include "engines/cpu/builders/views.h"

namespace mindird::engines::cpu {
namespace {

Status build(NodeBuilder& b) {
  TRY_ASSIGN(const Placed x, b.in(0));
  const Placed view{x.ref, x.dtype, x.layout.permuted(b.op<ops::Transpose>().perm)};
  b.set_view(0, view);
  if (b.optimize()) return {};
  TRY_ASSIGN(const Placed plain, b.place_as(b.out_value(), Layout::plain(view.layout.dims)));
  b.set_view(0, plain);
  return {};
}

REGISTER_BUILDER(Transpose, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
