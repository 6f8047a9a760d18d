// Conv, ConvTranspose and MatMul as what they share: weights times input plus a bias per output channel. Folding a
// per-channel multiply-add into one changes only its constants.
#pragma once

#include <optional>
#include <span>

#include "passes/pass.h"

namespace mindird::passes {

/// One multiplier and one addend per channel.
struct ChannelTerms {
  std::span<const double> scale;
  std::span<const double> shift;
};

bool is_linear(const ir::Graph& graph, ir::NodeId node);

/// The dim of the output that counts output channels (Conv 1, MatMul the last one); nothing for other operators.
std::optional<size_t> output_channel_axis(const ir::Graph& graph, ir::NodeId node);

/// The dim of input 0 that counts input channels, where the operator can absorb a multiply-add applied to it.
std::optional<size_t> input_channel_axis(const ir::Graph& graph, ir::NodeId node);

/**
 * Makes a copy of the linear node whose output is `output * scale + shift` per output channel, and returns its output
 * value. Nothing when its constants cannot take that up: weights (unless all scales are 1) or bias not constant, or out
 * of the range of the element type.
 */
Result<std::optional<ir::ValueId>> absorb_after(ir::Graph& graph, PassContext& context, ir::NodeId linear, const ChannelTerms& terms);

/**
 * Makes a copy of the linear node that reads `x` and computes what the node does with `x * scale + shift` per input
 * channel. Nothing when its constants cannot take that up, or when padding would have to be something else than zero.
 */
Result<std::optional<ir::ValueId>> absorb_before(ir::Graph& graph, PassContext& context, ir::NodeId linear, ir::ValueId x, const ChannelTerms& terms);

}  // namespace mindird::passes
