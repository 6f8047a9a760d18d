#include "engines/cpu/emit/pieces.h"

#include <algorithm>

#include "engines/cpu/base/stream.h"
#include "engines/cpu/kernels/block_copy.h"

namespace mindird::engines::cpu {

void emit_pieces(NodeBuilder& b, const std::vector<Piece>& pieces, const Placed& y) {
  std::vector<Ref> refs{y.ref};
  std::vector<std::pair<Ref, BlockCopy>> copies;
  int64_t total = 0;
  for (const Piece& piece : pieces) {
    if (piece.target.dims.elements() == 0) continue;
    refs.push_back(piece.from);
    copies.emplace_back(piece.from, BlockCopy(y.dtype, piece.source, piece.from_offset, piece.target, piece.to_offset));
    total += copies.back().second.elements();
  }
  b.emit(y.layout.text(), std::move(refs), [y = y.ref, total, copies = std::move(copies)](const Frame& frame) -> Status {
    parallel_for(frame.threads, total, [&](int64_t first, int64_t last) {
      int64_t before = 0;
      for (const auto& [from, copy] : copies) {
        const int64_t begin = std::max<int64_t>(first - before, 0);
        const int64_t end = std::min(last - before, copy.elements());
        if (begin < end) copy.run(frame.at(from), frame.at(y), begin, end);
        before += copy.elements();
      }
    });
    return {};
  });
}

Layout in_order_of(const NodeBuilder& b, const Layout& like, const Shape& shape) {
  return b.optimize() ? Layout::dense(shape, like.memory_order()) : Layout::plain(shape);
}

}  // namespace mindird::engines::cpu
