// Pad: the output is cut into boxes, each the copy of a box of the input. Constant mode has the inner box and, before and behind it along every dim, boxes
// that repeat one element. The mirroring modes cut every dim into what lies before, within and behind the input, outside it read backwards.
#include "ops/movement/pad.h"

#include <algorithm>

#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/pieces.h"

namespace mindird::engines::cpu {
namespace {

/// A stretch of one dim: `count` output positions from `to` on show input positions from `from` on, `step` apart.
struct Stretch {
  int64_t to = 0;
  int64_t count = 0;
  int64_t from = 0;
  int64_t step = 1;
};

/// What one dim shows of the input.
std::vector<Stretch> stretches_of(const ops::Pad& op, size_t d, int64_t size) {
  const int64_t before = op.before[d];
  const int64_t after = op.after[d];
  if (op.mode == ops::PadMode::kConstant) {
    const int64_t skipped = std::max<int64_t>(0, -before);
    const int64_t at = std::max<int64_t>(0, before);
    const int64_t shown = size - skipped - std::max<int64_t>(0, -after);
    return {{at, std::max<int64_t>(shown, 0), skipped, 1}};
  }
  const int64_t edge = op.mode == ops::PadMode::kSymmetric ? 1 : 0;
  std::vector<Stretch> out;
  if (before > 0) out.push_back({0, before, before - edge, -1});
  out.push_back({before, size, 0, 1});
  if (after > 0) out.push_back({before + size, after, size - 2 + edge, -1});
  return out;
}

Piece piece_of(const std::vector<Stretch>& box, const Placed& x, const Placed& y) {
  Piece piece{x.ref, {}, 0, {}, 0};
  std::vector<int64_t> dims;
  for (size_t d = 0; d < box.size(); ++d) {
    dims.push_back(box[d].count);
    piece.source.strides.push_back(box[d].step * x.layout.strides[d]);
    piece.target.strides.push_back(y.layout.strides[d]);
    piece.from_offset += box[d].from * x.layout.strides[d];
    piece.to_offset += box[d].to * y.layout.strides[d];
  }
  piece.source.dims = piece.target.dims = Shape(std::move(dims));
  return piece;
}

/// Every choice of one stretch per dim.
std::vector<Piece> copied_pieces(const ops::Pad& op, const Placed& x, const Placed& y) {
  std::vector<std::vector<Stretch>> boxes{{}};
  for (size_t d = 0; d < x.layout.dims.rank(); ++d) {
    std::vector<std::vector<Stretch>> longer;
    for (const Stretch& stretch : stretches_of(op, d, x.layout.dims[d])) {
      for (const std::vector<Stretch>& box : boxes) {
        longer.push_back(box);
        longer.back().push_back(stretch);
      }
    }
    boxes = std::move(longer);
  }
  std::vector<Piece> pieces;
  for (const std::vector<Stretch>& box : boxes) pieces.push_back(piece_of(box, x, y));
  return pieces;
}

/// Dim by dim what lies before and behind the input; dims already passed keep to the input, those to come are whole.
void add_borders(const ops::Pad& op, const Placed& x, const Placed& element, const Placed& y, std::vector<Piece>& pieces) {
  const Shape& shape = y.layout.dims;
  std::vector<Stretch> box;
  for (size_t d = 0; d < shape.rank(); ++d) box.push_back({0, shape[d], 0, 0});
  const Placed still{element.ref, element.dtype, {shape, std::vector<int64_t>(shape.rank(), 0)}};
  for (size_t d = 0; d < shape.rank(); ++d) {
    const Stretch inner = stretches_of(op, d, x.layout.dims[d])[0];
    // Where nothing of the input shows, all is border.
    const int64_t end = inner.count > 0 ? inner.to + inner.count : 0;
    const int64_t begin = inner.count > 0 ? inner.to : 0;
    box[d] = {0, begin, 0, 0};
    pieces.push_back(piece_of(box, still, y));
    box[d] = {end, shape[d] - end, 0, 0};
    pieces.push_back(piece_of(box, still, y));
    box[d] = {begin, end - begin, 0, 0};
  }
}

Verdict supports(const ir::Graph& graph, ir::NodeId node) {
  constexpr int64_t kMostBoxes = 81;
  const auto& op = static_cast<const ops::Pad&>(*graph.node(node).op);
  int64_t boxes = 1;
  for (size_t d = 0; op.mode != ops::PadMode::kConstant && d < op.before.size(); ++d) {
    boxes *= 1 + (op.before[d] > 0 ? 1 : 0) + (op.after[d] > 0 ? 1 : 0);
    if (boxes > kMostBoxes) return Verdict::refuse("too many mirrored dims");
  }
  return Verdict::accept();
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Pad>();
  TRY_ASSIGN(const Placed x, b.in(0));
  const Placed y = b.out(0, in_order_of(b, x.layout, b.out_type().shape));
  std::vector<Piece> pieces = copied_pieces(op, x, y);
  if (op.mode == ops::PadMode::kConstant) {
    const auto element = std::make_shared<const std::array<std::byte, 8>>(op.element(y.dtype));
    const Placed constant{b.add_constant(element->data(), dtype_size(y.dtype), element), y.dtype, {}};
    add_borders(op, x, constant, y, pieces);
  }
  emit_pieces(b, pieces, y);
  return {};
}

REGISTER_BUILDER(Pad, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
