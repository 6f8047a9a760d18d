// Slice: a view into the input's memory; with steps against the direction of memory a copy.
#include "ops/movement/slice.h"

#include <algorithm>

#include "engines/cpu/build/builder.h"
#include "engines/cpu/builders/views.h"
#include "engines/cpu/emit/pieces.h"

namespace mindird::engines::cpu {
namespace {

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Slice>();
  TRY_ASSIGN(Placed x, b.in(0));
  int64_t first = 0;
  Layout layout{b.out_type().shape, {}};
  for (size_t d = 0; d < layout.dims.rank(); ++d) {
    first += op.begin[d] * x.layout.strides[d];
    layout.strides.push_back(op.stride[d] * x.layout.strides[d]);
  }
  if (std::any_of(op.stride.begin(), op.stride.end(), [](int64_t s) { return s < 0; })) {
    const Placed y = b.out(0, in_order_of(b, x.layout, layout.dims));
    emit_pieces(b, {{x.ref, layout, first, y.layout, 0}}, y);
    return {};
  }
  x.ref.offset += static_cast<size_t>(first) * dtype_size(x.dtype);
  b.set_view(0, {x.ref, x.dtype, std::move(layout)});
  return {};
}

REGISTER_BUILDER(Slice, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
