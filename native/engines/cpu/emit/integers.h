// Products of 8-bit integers: sums of 32 bits become numbers again by one factor per output channel, then come bias, absorbed operations, and, where the
// group ends in a Quantize, integers.
#pragma once

#include <optional>

#include "engines/cpu/build/node_builder.h"
#include "engines/cpu/passes/eight_bits.h"

namespace mindird::engines::cpu {

/// Whether a product can write the integers of what it computed: it multiplies integers, and one constant scale makes them.
bool can_requantise(const ir::Graph& graph, const Group& group, const PostOp& post);

/// The integers of input 0 in a layout; as u8 where none is negative, which the processor multiplies with fewer instructions.
Result<Placed> codes_of(NodeBuilder& b, const EightBits& bits, const Layout& layout);

struct IntegerTail {
  dnnl::primitive_attr attr;
  std::vector<PrimitiveArg> args;
  std::optional<Ref> bias;  // one f32 per output channel
};

/// Everything behind the sums, for an output at `layout` and weights whose scales lie along the dims of `mask` (as oneDNN numbers them).
Result<IntegerTail> integer_tail(NodeBuilder& b, const EightBits& bits, const Layout& layout, int mask);

}  // namespace mindird::engines::cpu
