// Steps that only move data: pieces of memory are copied into pieces of the result, whatever the size of an element.
#pragma once

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

/// Source and target have the same dims; offsets are in elements from the start of the memory. Source strides may be 0 or negative.
struct Piece {
  Ref from;
  Layout source;
  int64_t from_offset = 0;
  Layout target;
  int64_t to_offset = 0;
};

/// Emits the copies as one step whose threads share all elements.
void emit_pieces(NodeBuilder& b, const std::vector<Piece>& pieces, const Placed& y);
/// The dims of `shape` in the order that `like`, of the same rank, has in memory; plain where the engine does not optimise.
Layout in_order_of(const NodeBuilder& b, const Layout& like, const Shape& shape);

}  // namespace mindird::engines::cpu
