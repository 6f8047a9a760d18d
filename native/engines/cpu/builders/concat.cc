// Concat: copies every input into its part of the output; the output takes the layout most of the input bytes have.
#include "ops/movement/concat.h"

#include "engines/cpu/build/builder.h"
#include "engines/cpu/builders/views.h"
#include "engines/cpu/emit/pieces.h"

namespace mindird::engines::cpu {
namespace {

Layout choose_layout(const NodeBuilder& b) {
  const Shape& shape = b.out_type().shape;
  const Layout last = Layout::channels_last(shape);
  if (!b.optimize() || last.is_plain()) return Layout::plain(shape);
  int64_t images = 0;
  for (size_t i = 0; i < b.inputs(); ++i) {
    if (b.in_layout(i).is_channels_last() && !b.in_layout(i).is_plain()) images += b.in_type(i).shape.elements();
  }
  return images * 2 > shape.elements() ? last : Layout::plain(shape);
}

Status build(NodeBuilder& b) {
  const Layout layout = choose_layout(b);
  const size_t axis = *normalize_axis(b.op<ops::Concat>().axis, layout.dims.rank());
  const Placed y = b.out(0, layout);
  std::vector<Piece> pieces;
  int64_t at = 0;
  for (size_t i = 0; i < b.inputs(); ++i) {
    TRY_ASSIGN(const Placed x, b.in(i));
    pieces.push_back({x.ref, x.layout, 0, Layout{x.layout.dims, layout.strides}, at * layout.strides[axis]});
    at += x.layout.dims[axis];
  }
  emit_pieces(b, pieces, y);
  return {};
}

REGISTER_BUILDER(Concat, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
