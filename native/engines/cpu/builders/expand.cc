// Expand: one copy whose source stands still along the repeated dims.
#include "ops/movement/expand.h"

#include "engines/cpu/build/builder.h"
#include "engines/cpu/builders/views.h"
#include "engines/cpu/emit/pieces.h"

namespace mindird::engines::cpu {
namespace {

Status build(NodeBuilder& b) {
  TRY_ASSIGN(const Placed x, b.in(0));
  const Shape& shape = b.out_type().shape;
  Layout source{shape, std::vector<int64_t>(shape.rank(), 0)};
  const size_t added = shape.rank() - x.layout.dims.rank();
  for (size_t d = 0; d < x.layout.dims.rank(); ++d) {
    if (x.layout.dims[d] != 1) source.strides[added + d] = x.layout.strides[d];
  }
  const Placed y = b.out(0, Layout::plain(shape));
  emit_pieces(b, {{x.ref, source, 0, y.layout, 0}}, y);
  return {};
}

REGISTER_BUILDER(Expand, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
