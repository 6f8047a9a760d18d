// Tile: one copy over dims in pairs, the repetitions, along which the source stands still, and the dim itself.
#include "ops/movement/tile.h"

#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/pieces.h"

namespace mindird::engines::cpu {
namespace {

/// Whether dim d is there twice.
bool is_pair(const ops::Tile& op, const Shape& x, size_t d) { return op.repeats[d] > 1 && x[d] > 1; }

Verdict supports(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  const Shape& x = graph.type(node.inputs[0]).shape;
  size_t dims = x.rank();
  for (size_t d = 0; d < x.rank(); ++d) dims += is_pair(static_cast<const ops::Tile&>(*node.op), x, d) ? 1 : 0;
  return dims <= kMaxRank ? Verdict::accept() : Verdict::refuse("too many repeated dims");
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Tile>();
  TRY_ASSIGN(const Placed x, b.in(0));
  const Placed y = b.out(0, in_order_of(b, x.layout, b.out_type().shape));
  std::vector<int64_t> dims;
  Layout source;
  Layout target;
  const auto add = [&](int64_t size, int64_t from, int64_t to) {
    dims.push_back(size);
    source.strides.push_back(from);
    target.strides.push_back(to);
  };
  for (size_t d = 0; d < x.layout.dims.rank(); ++d) {
    const int64_t extent = x.layout.dims[d];
    const int64_t step = y.layout.strides[d];
    if (is_pair(op, x.layout.dims, d)) add(op.repeats[d], 0, extent * step);
    if (extent == 1) {
      add(op.repeats[d], 0, step);
    } else {
      add(extent, x.layout.strides[d], step);
    }
  }
  source.dims = target.dims = Shape(std::move(dims));
  emit_pieces(b, {{x.ref, source, 0, target, 0}}, y);
  return {};
}

REGISTER_BUILDER(Tile, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
