// Where the channels lie in the weights:
//
//   Conv           [out, in / groups, kernel…]      out channel o reads input channels of group o / (out / groups)
//   ConvTranspose  [in, out / groups, kernel…]
//   MatMul         [… in, out], or [… out, in] when transposed
#include "passes/linear.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ops/elementwise/quantize.h"
#include "ops/linear/conv.h"
#include "ops/linear/conv_transpose.h"
#include "ops/linear/matmul.h"
#include "passes/constants.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

/// Index arithmetic: the output and input channel that the weight at a flat index joins.
struct WeightMap {
  // The weights as [outer][first][second][inner]: `first` and `second` are the two channel dims in the order of the
  // tensor.
  int64_t first = 1;
  int64_t second = 1;
  int64_t inner = 1;
  int64_t groups = 1;
  bool output_first = true;

  int64_t first_at(int64_t i) const { return i / inner / second % first; }
  int64_t second_at(int64_t i) const { return i / inner % second; }
  /// A group's share of the dim that is not split by groups in the weights' shape.
  int64_t second_channel(int64_t i) const { return first_at(i) / (first / groups) * second + second_at(i); }
  int64_t output(int64_t i) const { return output_first ? first_at(i) : second_channel(i); }
  int64_t input(int64_t i) const { return output_first ? second_channel(i) : first_at(i); }
  /// How many neighbouring weights belong to one output or input channel.
  int64_t output_run() const { return output_first ? second * inner : inner; }
  int64_t input_run() const { return output_first ? inner : second * inner; }
};

WeightMap weight_map(const ir::Graph& graph, ir::NodeId id) {
  const ir::Op& op = *graph.node(id).op;
  const Shape& w = graph.type(graph.node(id).inputs[1]).shape;
  WeightMap map;
  if (const auto* matmul = ir::op_cast<ops::MatMul>(op)) {
    map.first = w[w.rank() - 2];
    map.second = w[w.rank() - 1];
    map.output_first = matmul->transpose_b;
    return map;
  }
  map.first = w[0];
  map.second = w[1];
  for (size_t i = 2; i < w.rank(); ++i) map.inner *= w[i];
  if (const auto* conv = ir::op_cast<ops::Conv>(op)) {
    map.groups = conv->groups;
  } else {
    map.groups = static_cast<const ops::ConvTranspose&>(op).groups;
    map.output_first = false;
  }
  return map;
}

bool all_are(std::span<const double> values, double wanted) {
  return std::all_of(values.begin(), values.end(), [&](double v) { return v == wanted; });
}

/// Float16 has few exponents: scales far below one would push weights into its subnormal range, where digits get lost.
bool scale_fits(DType dtype, std::span<const double> scale) {
  if (dtype != DType::kF16) return true;
  return std::all_of(scale.begin(), scale.end(), [](double s) { return s == 0 || std::abs(s) >= 0x1p-8; });
}

size_t output_channels(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  return static_cast<size_t>(graph.type(node.outputs[0]).shape[*output_channel_axis(graph, id)]);
}

/// The bias as doubles, zeros when there is none; nothing when it is not constant.
std::optional<std::vector<double>> bias_of(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  if (node.inputs.size() < 3) return std::vector<double>(output_channels(graph, id), 0.0);
  if (!graph.is_constant(node.inputs[2])) return std::nullopt;
  return values_of(*graph.value(node.inputs[2]).constant);
}

struct NewConstants {
  ConstantPtr weights;  // null: as they were
  ConstantPtr bias;     // null: none
};

/// The bias as a constant, null where there is none and none is needed; an error when a value does not fit.
Result<ConstantPtr> bias_constant(const ir::Graph& graph, ir::NodeId id, std::span<const double> bias) {
  const ir::Node& node = graph.node(id);
  if (node.inputs.size() < 3 && all_are(bias, 0)) return ConstantPtr();
  return make_floats({graph.type(node.inputs[1]).dtype, Shape{static_cast<int64_t>(bias.size())}}, bias);
}

/// The node again with other constants; `given` in the place of its weights, if any.
Result<std::optional<ir::ValueId>> rebuilt(ir::Graph& graph, PassContext& context, ir::NodeId id, ir::ValueId x, NewConstants constants,
                                           ir::ValueId given = ir::kNone) {
  const ir::Node node = graph.node(id);
  ir::ValueId weights = given == ir::kNone ? node.inputs[1] : given;
  if (constants.weights) weights = graph.add_constant(context.share(constants.weights), graph.value(node.inputs[1]).name);
  std::vector<ir::ValueId> inputs = {x, weights};
  if (constants.bias) {
    const std::string name = node.inputs.size() > 2 ? graph.value(node.inputs[2]).name : "bias";
    inputs.push_back(graph.add_constant(context.share(constants.bias), name));
  }
  TRY_ASSIGN(const ir::ValueId y, graph.add(node.op, std::move(inputs), node.origin));
  return std::optional(y);
}

/// The dim of the weights that counts output channels; nothing where groups split it.
std::optional<size_t> weights_channel_dim(const ir::Graph& graph, ir::NodeId id) {
  const ir::Op& op = *graph.node(id).op;
  if (op.id() == ops::Conv::kId) return 0;
  const auto* matmul = ir::op_cast<ops::MatMul>(op);
  if (!matmul) return std::nullopt;
  return graph.type(graph.node(id).inputs[1]).shape.rank() - (matmul->transpose_b ? 2 : 1);
}

/// 8-bit weights whose scales and, where a factor is negative, integers are multiplied: nothing when the weights are something else, when they have other
/// scales than one per output channel, or when an integer has no negative.
Result<std::optional<ir::ValueId>> scaled_integers(ir::Graph& graph, PassContext& context, ir::NodeId id, const WeightMap& map,
                                                   std::span<const double> factors) {
  constexpr int8_t kLowest = std::numeric_limits<int8_t>::lowest();
  const ir::ValueId w = graph.node(id).inputs[1];
  const auto* op = produced_by<ops::Dequantize>(graph, w);
  const std::optional<size_t> dim = weights_channel_dim(graph, id);
  if (!op || !dim) return std::optional<ir::ValueId>();
  const ir::Node node = producer(graph, w);
  const ConstantPtr integers = graph.value(node.inputs[0]).constant;
  const ConstantPtr scales = graph.value(node.inputs[1]).constant;
  const Shape& shape = graph.type(w).shape;
  if (!integers || !scales || scales->type().shape.rank() != 1 || normalize_axis(op->axis, shape.rank()) != dim) return std::optional<ir::ValueId>();
  std::vector<int8_t> q(integers->as<int8_t>().begin(), integers->as<int8_t>().end());
  std::vector<float> s(scales->as<float>().begin(), scales->as<float>().end());
  for (size_t i = 0; i < q.size(); ++i) {
    const double factor = factors[static_cast<size_t>(map.output(static_cast<int64_t>(i)))];
    if (factor >= 0) continue;
    if (q[i] == kLowest) return std::optional<ir::ValueId>();
    q[i] = static_cast<int8_t>(-q[i]);
  }
  for (size_t c = 0; c < s.size(); ++c) {
    s[c] = static_cast<float>(s[c] * std::abs(factors[c]));
    if (!(s[c] > 0) || !std::isfinite(s[c])) return std::optional<ir::ValueId>();
  }
  TRY_ASSIGN(const ConstantPtr codes, make_constant(integers->type(), std::as_bytes(std::span(q))));
  TRY_ASSIGN(const ConstantPtr steps, make_constant(scales->type(), std::as_bytes(std::span(s))));
  const ir::ValueId new_codes = graph.add_constant(context.share(codes), graph.value(node.inputs[0]).name);
  const ir::ValueId new_steps = graph.add_constant(context.share(steps), graph.value(node.inputs[1]).name);
  TRY_ASSIGN(const ir::ValueId y, graph.add(node.op, {new_codes, new_steps}, node.origin));
  return std::optional(y);
}

bool has_padding(const ir::Op& op) {
  const auto* conv = ir::op_cast<ops::Conv>(op);
  if (!conv) return false;
  const auto padded = [](const std::vector<int64_t>& pads) { return std::any_of(pads.begin(), pads.end(), [](int64_t p) { return p != 0; }); };
  return padded(conv->pad_begin) || padded(conv->pad_end);
}

/// Bias plus what the shift of the input adds to every output channel.
std::vector<double> shifted_bias(const Constant& weights, const WeightMap& map, std::vector<double> bias, std::span<const double> shift) {
  const auto values = values_of(weights);
  for (size_t i = 0; i < values->size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    bias[static_cast<size_t>(map.output(at))] += (*values)[i] * shift[static_cast<size_t>(map.input(at))];
  }
  return bias;
}

}  // namespace

bool is_linear(const ir::Graph& graph, ir::NodeId id) {
  const std::string_view op = graph.node(id).op->id();
  return op == ops::Conv::kId || op == ops::ConvTranspose::kId || op == ops::MatMul::kId;
}

std::optional<size_t> output_channel_axis(const ir::Graph& graph, ir::NodeId id) {
  if (!is_linear(graph, id)) return std::nullopt;
  const ir::Node& node = graph.node(id);
  if (node.op->id() != ops::MatMul::kId) return 1;
  return graph.type(node.outputs[0]).shape.rank() - 1;
}

std::optional<size_t> input_channel_axis(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  if (node.op->id() == ops::Conv::kId) return 1;
  const auto* matmul = ir::op_cast<ops::MatMul>(*node.op);
  // Weights with leading dims would need a bias for each of them.
  if (!matmul || graph.type(node.inputs[1]).shape.rank() != 2) return std::nullopt;
  return graph.type(node.inputs[0]).shape.rank() - (matmul->transpose_a ? 2 : 1);
}

Result<std::optional<ir::ValueId>> absorb_after(ir::Graph& graph, PassContext& context, ir::NodeId id, const ChannelTerms& terms) {
  const ir::ValueId x = graph.node(id).inputs[0];
  const ir::ValueId w = graph.node(id).inputs[1];
  const DType dtype = graph.type(w).dtype;
  auto bias = bias_of(graph, id);
  if (!is_floating(dtype) || !bias) return std::optional<ir::ValueId>();
  for (size_t c = 0; c < bias->size(); ++c) (*bias)[c] = (*bias)[c] * terms.scale[c] + terms.shift[c];
  auto new_bias = bias_constant(graph, id, *bias);
  if (!new_bias.ok()) return std::optional<ir::ValueId>();
  if (all_are(terms.scale, 1)) return rebuilt(graph, context, id, x, {nullptr, *new_bias});

  const WeightMap map = weight_map(graph, id);
  if (!graph.is_constant(w)) {
    TRY_ASSIGN(const auto scaled, scaled_integers(graph, context, id, map, terms.scale));
    return scaled ? rebuilt(graph, context, id, x, {nullptr, *new_bias}, *scaled) : std::optional<ir::ValueId>();
  }
  if (!scale_fits(dtype, terms.scale)) return std::optional<ir::ValueId>();
  auto weights = scale_floats(*graph.value(w).constant, map.output_run(), [&](int64_t i) { return terms.scale[static_cast<size_t>(map.output(i))]; });
  if (!weights.ok()) return std::optional<ir::ValueId>();
  return rebuilt(graph, context, id, x, {*weights, *new_bias});
}

Result<std::optional<ir::ValueId>> absorb_before(ir::Graph& graph, PassContext& context, ir::NodeId id, ir::ValueId x, const ChannelTerms& terms) {
  const ir::ValueId w = graph.node(id).inputs[1];
  const DType dtype = graph.type(w).dtype;
  const bool shifts = !all_are(terms.shift, 0);
  auto bias = bias_of(graph, id);
  if (!is_floating(dtype) || !bias || !graph.is_constant(w) || !scale_fits(dtype, terms.scale)) return std::optional<ir::ValueId>();
  if (shifts && (has_padding(*graph.node(id).op) || !values_of(*graph.value(w).constant))) return std::optional<ir::ValueId>();
  const WeightMap map = weight_map(graph, id);
  if (shifts) bias = shifted_bias(*graph.value(w).constant, map, std::move(*bias), terms.shift);
  auto new_bias = bias_constant(graph, id, *bias);
  auto weights = scale_floats(*graph.value(w).constant, map.input_run(), [&](int64_t i) { return terms.scale[static_cast<size_t>(map.input(i))]; });
  if (!new_bias.ok() || !weights.ok()) return std::optional<ir::ValueId>();
  return rebuilt(graph, context, id, x, {*weights, *new_bias});
}

}  // namespace mindird::passes
