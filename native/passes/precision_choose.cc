// Producers first: sums of products go to the lower type, and what follows them goes along. What loses stays f32, and so does what may meet
// values that f16 does not hold: those that come out of sums, exponentials and the like, until something makes them ordinary again. Then,
// consumers first: copying goes to the lower type where everything that reads the copy is in it.
#include <algorithm>

#include "ir/names.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/cast.h"
#include "ops/linear/conv.h"
#include "ops/linear/conv_transpose.h"
#include "ops/linear/matmul.h"
#include "passes/precision.h"
#include "passes/precision_constants.h"
#include "passes/precision_rules.h"

namespace mindird::passes {
namespace {

enum class Involves : uint8_t { kNothing, kShortFloats, kDoubles };

class Chooser {
 public:
  Chooser(const ir::Graph& graph, const PrecisionOptions& options)
      : graph_(graph),
        options_(options),
        ranges_(graph),
        decisions_(graph.node_count()),
        low_(graph.value_count()),
        wide_(graph.value_count()),
        wanted_(graph.value_count()),
        open_(graph.node_count()) {}

  std::vector<NodePrecision> run() {
    const std::vector<ir::NodeId> order = graph_.topological_order();
    for (ir::NodeId n : order) forward(n);
    std::for_each(order.rbegin(), order.rend(), [&](ir::NodeId n) { backward(n); });
    for (ir::NodeId n : order) settle(n);
    return std::move(decisions_);
  }

 private:
  bool is_low(ir::NodeId n) const { return decisions_[n].dtype == options_.low && options_.low != DType::kF32; }

  Involves involves(const ir::Node& node) const {
    bool shorts = false;
    bool doubles = false;
    const auto look = [&](ir::ValueId v) {
      shorts = shorts || is_short_float(graph_.type(v).dtype);
      doubles = doubles || graph_.type(v).dtype == DType::kF64;
    };
    std::ranges::for_each(node.inputs, look);
    std::ranges::for_each(node.outputs, look);
    if (doubles && node.op->id() != ops::Cast::kId) return Involves::kDoubles;
    return shorts ? Involves::kShortFloats : Involves::kNothing;
  }

  /// A cast between short floats says nothing of its own: the value is of whatever type its producer has.
  bool is_alias(const ir::Node& node) const {
    return node.op->id() == ops::Cast::kId && is_short_float(graph_.type(node.inputs[0]).dtype) && is_short_float(graph_.type(node.outputs[0]).dtype);
  }
  bool leaves_floats(const ir::Node& node) const { return node.op->id() == ops::Cast::kId && !is_short_float(graph_.type(node.outputs[0]).dtype); }

  /// The operator's rule with what its inputs change: x * x is a square, and dividing by a constant is scaling.
  PrecisionRule rule_of(const ir::Node& node) const {
    PrecisionRule rule = precision_rule(*node.op);
    const auto* binary = ir::op_cast<ops::Binary>(*node.op);
    if (binary && binary->kind == ops::BinaryKind::kMul && node.inputs[0] == node.inputs[1]) return {Gain::kLoses, Size::kWide, "a square"};
    if (binary && binary->kind == ops::BinaryKind::kDiv && graph_.is_constant(node.inputs[1])) return {Gain::kFollows, Size::kAsInput, {}};
    return rule;
  }

  /// Empty where a sum of products is wide enough, and for attention, whose heads are as wide as they are.
  std::string too_narrow(const ir::Node& node) const {
    const Shape& in = graph_.type(node.inputs[0]).shape;
    const Shape& out = graph_.type(node.outputs[0]).shape;
    if (const auto* product = ir::op_cast<ops::MatMul>(*node.op)) {
      const int64_t depth = in[in.rank() - (product->transpose_a ? 2 : 1)];
      return too_few({depth, out[out.rank() - 1], depth}, options_.fewest.matrix);
    }
    int64_t groups = 0;
    if (const auto* conv = ir::op_cast<ops::Conv>(*node.op)) groups = conv->groups;
    if (const auto* conv = ir::op_cast<ops::ConvTranspose>(*node.op)) groups = conv->groups;
    return groups > 0 ? too_few({in[1], out[1], in[1] / groups}, options_.fewest.convolution) : std::string();
  }
  static std::string too_few(const Channels& has, const Channels& fewest) {
    if (has.in >= 0 && has.in < fewest.in) return "of fewer than " + std::to_string(fewest.in) + " channels";
    if (has.out >= 0 && has.out < fewest.out) return "to fewer than " + std::to_string(fewest.out) + " channels";
    if (has.summed >= 0 && has.summed < fewest.summed) return "sums of fewer than " + std::to_string(fewest.summed) + " channels";
    return {};
  }

  bool reads_low(const ir::Node& node) const {
    return std::ranges::any_of(node.inputs, [&](ir::ValueId v) { return low_[v] != 0; });
  }
  bool reads_wide(const ir::Node& node) const {
    return std::ranges::any_of(node.inputs, [&](ir::ValueId v) { return wide_[v] != 0 || ranges_.largest(v) > largest_of(options_.low); });
  }

  /// Why a node is not computed in the lower type whatever its neighbours are; empty: it may be.
  std::string objection(ir::NodeId n, const PrecisionRule& rule, bool wide) const {
    const ir::Node& node = graph_.node(n);
    if (const auto it = options_.keep_nodes.find(n); it != options_.keep_nodes.end()) return it->second;
    const auto named = [&](const std::string& entry) { return ir::names_node(entry, node); };
    if (std::ranges::any_of(options_.keep_fp32, named)) return "kept by keep_fp32";
    if (rule.gain == Gain::kLoses) return std::string(rule.why);
    if (auto why = ranges_.unfit(node, options_.low)) return *std::move(why);
    if (std::string narrow = too_narrow(node); !narrow.empty()) return narrow;
    if (wide) return "its input may be beyond " + std::string(dtype_name(options_.low));
    return {};
  }

  void forward(ir::NodeId n) {
    const ir::Node& node = graph_.node(n);
    if (involves(node) != Involves::kShortFloats || leaves_floats(node)) return;
    if (is_alias(node)) {
      low_[node.outputs[0]] = low_[node.inputs[0]];
      wide_[node.outputs[0]] = wide_[node.inputs[0]];
      return;
    }
    if (options_.low == DType::kF32) {
      decisions_[n].dtype = DType::kF32;
      return;
    }
    const PrecisionRule rule = rule_of(node);
    const bool wide = reads_wide(node);
    std::string why = objection(n, rule, wide);
    open_[n] = why.empty();
    if (!why.empty()) decisions_[n] = {DType::kF32, std::move(why)};
    if (open_[n] && (rule.gain == Gain::kProducts || reads_low(node))) decisions_[n].dtype = options_.low;
    const bool grows = options_.low == DType::kF16 && rule.size == Size::kWide;
    const bool stays = wide && (rule.size == Size::kAsInput || rule.gain == Gain::kProducts);
    for (ir::ValueId v : node.outputs) {
      low_[v] = is_low(n) && is_short_float(graph_.type(v).dtype);
      wide_[v] = !low_[v] && (grows || stays);
    }
  }

  /// True when a value is read, and by nothing but nodes in the lower type; its readers have been visited.
  bool read_low_only(ir::ValueId v) const {
    const ir::Value& value = graph_.value(v);
    if (value.uses.empty() || graph_.is_output(v)) return false;
    return std::ranges::all_of(value.uses, [&](const ir::Use& use) {
      const ir::Node& reader = graph_.node(use.node);
      return is_alias(reader) ? wanted_[reader.outputs[0]] != 0 : is_low(use.node);
    });
  }

  void backward(ir::NodeId n) {
    const ir::Node& node = graph_.node(n);
    for (ir::ValueId v : node.outputs) wanted_[v] = read_low_only(v);
    if (!open_[n] || decisions_[n].dtype || rule_of(node).gain != Gain::kMoves) return;
    if (node.op->id() == ops::Cast::kId && graph_.type(node.inputs[0]).dtype != DType::kBool) return;
    const bool wanted = std::ranges::all_of(node.outputs, [&](ir::ValueId v) { return wanted_[v] != 0; });
    if (wanted) decisions_[n].dtype = options_.low;
  }

  /// What nothing speaks for stays f32, or of 16 bits where the model has it so.
  void settle(ir::NodeId n) {
    if (!open_[n] || decisions_[n].dtype) return;
    const ir::Node& node = graph_.node(n);
    const auto half = [&](ir::ValueId v) { return graph_.type(v).dtype == DType::kF16 || graph_.type(v).dtype == DType::kBF16; };
    const bool is_half = std::ranges::any_of(node.inputs, half) || std::ranges::any_of(node.outputs, half);
    if (is_half) {
      decisions_[n].dtype = options_.low;
    } else {
      decisions_[n] = {DType::kF32, "nothing is gained"};
    }
  }

  const ir::Graph& graph_;
  const PrecisionOptions& options_;
  const ConstantRanges ranges_;
  std::vector<NodePrecision> decisions_;
  std::vector<char> low_;     // by value: it is computed in the lower type
  std::vector<char> wide_;    // by value: it may be beyond the lower type
  std::vector<char> wanted_;  // by value: all that reads it is in the lower type
  std::vector<char> open_;    // by node: neighbours decide
};

}  // namespace

std::vector<NodePrecision> choose_precision(const ir::Graph& graph, const PrecisionOptions& options) { return Chooser(graph, options).run(); }

FewestChannels usual_fewest_channels(DType low) {
  if (low == DType::kF16) return {{8, 8, 0}, {8, 8, 0}};
  if (low == DType::kBF16) return {{32, 16, 0}, {32, 16, 96}};
  return {};
}

std::vector<std::string> unmatched_names(const ir::Graph& graph, std::span<const std::string> keep_fp32) {
  std::vector<std::string> out;
  for (const std::string& entry : keep_fp32) {
    bool found = false;
    for (ir::NodeId n = 0; n < graph.node_count() && !found; ++n) found = graph.node(n).alive && ir::names_node(entry, graph.node(n));
    if (!found) out.push_back(entry);
  }
  return out;
}

}  // namespace mindird::passes
