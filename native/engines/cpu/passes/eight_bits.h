// Products on 8-bit integers: what a quantised model says of a convolution or dense layer, and whether this processor computes it so.
#pragma once

#include <optional>
#include <vector>

#include "engines/engine.h"
#include "ir/graph.h"

namespace mindird::engines::cpu {

/// Whether this processor multiplies 8-bit integers without losing sums (VNNI).
bool has_int8_products();

/// A value that is `codes * scale`, with one scale for all of it.
struct Codes {
  ir::ValueId codes = ir::kNone;
  float scale = 0;
};
/// The integers behind a value that Dequantize made with one constant scale.
std::optional<Codes> find_codes(const ir::Graph& graph, ir::ValueId value);

struct EightBits {
  Codes x;
  ConstantPtr weights;        // i8, in the shape of input 1
  std::vector<float> scales;  // of the weights: one, or one per output channel
  ConstantPtr bias;           // f32, or null
};

/**
 * What a Conv, or a MatMul with one matrix of weights, reads as 8-bit integers: an activation with one scale and constant weights with one, or one per
 * output channel. Nothing for other nodes, and where the processor has no such products.
 */
std::optional<EightBits> find_eight_bits(const ir::Graph& graph, ir::NodeId node);

/**
 * Whether the step of a node reads the integers behind input 0 and not their numbers: a product, integers that get another scale, or an average that
 * becomes integers again (`narrows`: a Quantize is part of the step).
 */
bool reads_integers(const ir::Graph& graph, ir::NodeId node, bool narrows);

/// Whether no integer of a quantised value can be negative: it was a ReLU's, say, before. Looks back over a bounded number of nodes.
bool never_negative(const ir::Graph& graph, ir::ValueId value);

}  // namespace mindird::engines::cpu
