// Products in bf16 with sums and results in f32, for models that ask for bf16. Where it is taken is measured (tune.h).
#pragma once

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

/// The name of the kernel in bf16 among those that choose_kernel() has to choose from.
inline constexpr std::string_view kBf16Choice = "bf16";

/// Whether this processor multiplies bf16.
bool has_bf16_products();

/**
 * Whether a Conv or MatMul with constant weights may be computed in bf16: asked for, not kept, and wide enough that the rounding errors of its
 * channels average out. A sum has products of `summed` channels, out of at least `fewest`; the node gives `out` channels.
 */
bool may_be_bf16(const NodeBuilder& b, int64_t summed, int64_t fewest, int64_t out);
/// Layers behind a convolution enlarge its errors more than those behind a matrix product, which mostly normalise.
inline constexpr int64_t kFewestInMatrix = 32;
inline constexpr int64_t kFewestInConvolution = 96;

/// Whether keep_fp32 names the node.
bool kept_in_f32(const NodeBuilder& b);

/// A copy of a dense value in bf16, made by a step.
Placed as_bf16(NodeBuilder& b, const Placed& x);

}  // namespace mindird::engines::cpu
