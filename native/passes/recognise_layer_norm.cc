// Layer normalisation, decomposed: over the last dims,
//
//   m = mean(x)   d = x - m   v = mean(d²)   y = d / √(v + ε)        becomes        y = LayerNorm(x, 1, 0)
//
// in the forms d · rsqrt(v + ε), d · (1 / √…), pow(…, ±½) and v = mean((x - m)²) by squared_difference. The products
// and sums with constants that follow go into gamma and beta:
//
//   LayerNorm(x, g, b) ── Mul c ── Add d        becomes        LayerNorm(x, g·c, b·c + d)
#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <vector>

#include "ops/normalization/channel_affine.h"
#include "ops/normalization/layer_norm.h"
#include "ops/reduction/reduce.h"
#include "ops/movement/reshape.h"
#include "passes/affine.h"
#include "passes/constants.h"
#include "passes/passes.h"
#include "passes/pattern.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

using ops::BinaryKind;
using ops::UnaryKind;

constexpr int64_t kMostParameters = int64_t{1} << 22U;

/// A mean over the last dims from `begin` on, in the shape of its operand with those dims 1.
struct Mean {
  ir::ValueId x;
  size_t begin;
};
std::optional<Mean> mean_of(const ir::Graph& graph, ir::ValueId value) {
  const ir::ValueId reduced = produced_by<ops::Reshape>(graph, value) ? producer(graph, value).inputs[0] : value;
  const auto* op = produced_by<ops::Reduce>(graph, reduced);
  if (!op || op->kind != ops::ReduceKind::kMean || op->axes.empty()) return std::nullopt;
  const ir::ValueId x = producer(graph, reduced).inputs[0];
  std::vector<int64_t> kept = graph.type(x).shape.vector();
  const size_t begin = kept.size() - std::min(kept.size(), op->axes.size());
  for (size_t i = 0; i < op->axes.size(); ++i) {
    if (op->axes[i] != static_cast<int64_t>(begin + i)) return std::nullopt;
    kept[begin + i] = 1;
  }
  if (graph.type(value).shape.vector() != kept) return std::nullopt;
  return Mean{x, begin};
}

/// y = numerator / √radicand.
struct Quotient {
  ir::ValueId numerator;
  ir::ValueId radicand;
};
std::optional<ir::ValueId> power_of(const ir::Graph& graph, ir::ValueId value, double exponent) {
  const auto sides = operands(graph, value, BinaryKind::kPow);
  return sides && uniform_value(graph, sides->right) == exponent ? std::optional(sides->left) : std::nullopt;
}
std::optional<ir::ValueId> square_root_of(const ir::Graph& graph, ir::ValueId value) {
  const auto root = operand(graph, value, UnaryKind::kSqrt);
  return root ? root : power_of(graph, value, 0.5);
}
std::optional<ir::ValueId> inverse_root_of(const ir::Graph& graph, ir::ValueId value) {
  if (const auto root = operand(graph, value, UnaryKind::kRsqrt)) return root;
  if (const auto root = operand(graph, value, UnaryKind::kReciprocal)) return square_root_of(graph, *root);
  return power_of(graph, value, -0.5);
}
std::optional<Quotient> quotient(const ir::Graph& graph, ir::ValueId y) {
  if (const auto sides = operands(graph, y, BinaryKind::kDiv)) {
    const auto radicand = square_root_of(graph, sides->right);
    return radicand ? std::optional(Quotient{sides->left, *radicand}) : std::nullopt;
  }
  const auto sides = operands(graph, y, BinaryKind::kMul);
  if (!sides) return std::nullopt;
  for (const auto& [numerator, root] : {*sides, Operands{sides->right, sides->left}}) {
    if (const auto radicand = inverse_root_of(graph, root)) return Quotient{numerator, *radicand};
  }
  return std::nullopt;
}

/// True when `value` is (x - mean)², given that `centred` is x - mean.
bool is_square_of(const ir::Graph& graph, ir::ValueId value, ir::ValueId centred) {
  if (operand(graph, value, UnaryKind::kSquare) == centred) return true;
  if (power_of(graph, value, 2) == centred) return true;
  if (const auto same = operands(graph, value, BinaryKind::kMul)) return same->left == centred && same->right == centred;
  const auto minus = operands(graph, centred, BinaryKind::kSub);
  const auto difference = operands(graph, value, BinaryKind::kSquaredDifference);
  return difference && minus && difference->left == minus->left && difference->right == minus->right;
}

struct Normalisation {
  ir::ValueId x;
  size_t begin;
  double epsilon;
};
std::optional<Normalisation> match_layer_norm(const ir::Graph& graph, ir::ValueId y) {
  const auto ratio = quotient(graph, y);
  const auto centred = ratio ? operands(graph, ratio->numerator, BinaryKind::kSub) : std::nullopt;
  const auto mean = centred ? mean_of(graph, centred->right) : std::nullopt;
  if (!mean || mean->x != centred->left || !(graph.type(y) == graph.type(mean->x))) return std::nullopt;
  for (const Level& level : levels(graph, ratio->radicand)) {
    const auto variance = mean_of(graph, level.base);
    if (level.scale != 1 || level.shift < 0 || !variance || variance->begin != mean->begin) continue;
    if (is_square_of(graph, variance->x, ratio->numerator)) return Normalisation{mean->x, mean->begin, level.shift};
  }
  return std::nullopt;
}

Result<bool> recognise(ir::Graph& graph, ir::NodeId id, PassContext& context) {
  const ir::ValueId y = graph.node(id).outputs[0];
  const auto found = match_layer_norm(graph, y);
  if (!found) return false;
  const TensorType& type = graph.type(found->x);
  const Shape parameters(std::vector<int64_t>(type.shape.begin() + static_cast<std::ptrdiff_t>(found->begin), type.shape.end()));
  if (!is_floating(type.dtype) || parameters.elements() > kMostParameters) return false;
  const auto count = static_cast<size_t>(parameters.elements());
  TRY_ASSIGN(ConstantPtr ones, make_floats({type.dtype, parameters}, std::vector<double>(count, 1)));
  TRY_ASSIGN(ConstantPtr zeros, make_floats({type.dtype, parameters}, std::vector<double>(count, 0)));
  auto op = std::make_shared<ops::LayerNorm>();
  op->begin_axis = static_cast<int64_t>(found->begin);
  op->epsilon = found->epsilon;
  const std::string origin = graph.node(id).origin;
  const ir::ValueId gamma = graph.add_constant(context.share(std::move(ones)), "gamma");
  const ir::ValueId beta = graph.add_constant(context.share(std::move(zeros)), "beta");
  TRY_ASSIGN(const ir::ValueId norm, graph.add(std::move(op), {found->x, gamma, beta}, origin));
  replace(graph, y, norm);
  return true;
}

/// Factors and addends of a node for every normalised element, flat.
struct Terms {
  ir::ValueId x;
  std::vector<double> factor;
  std::vector<double> addend;
};
std::optional<Terms> terms_of(const ir::Graph& graph, ir::NodeId id, size_t begin) {
  const ir::Node& node = graph.node(id);
  const Shape& shape = graph.type(node.outputs[0]).shape;
  if (begin + 1 == shape.rank()) {
    auto affine = affine_of(graph, id, begin);
    if (!affine) return std::nullopt;
    return Terms{affine->x, std::move(affine->scale), std::move(affine->shift)};
  }
  const auto* op = ir::op_cast<ops::Binary>(*node.op);
  if (!op || (op->kind != BinaryKind::kMul && op->kind != BinaryKind::kAdd)) return std::nullopt;
  const size_t side = graph.is_constant(node.inputs[0]) ? 0 : 1;
  const ir::ValueId c = node.inputs[side];
  const Shape normalised(std::vector<int64_t>(shape.begin() + static_cast<std::ptrdiff_t>(begin), shape.end()));
  if (!graph.is_constant(c) || graph.type(c).shape != normalised) return std::nullopt;
  auto values = values_of(*graph.value(c).constant);
  if (!values) return std::nullopt;
  const size_t count = values->size();
  const ir::ValueId x = node.inputs[1 - side];
  if (op->kind == BinaryKind::kMul) return Terms{x, std::move(*values), std::vector<double>(count, 0)};
  return Terms{x, std::vector<double>(count, 1), std::move(*values)};
}

/// Takes a product or sum after a LayerNorm into its parameters.
Result<bool> absorb(ir::Graph& graph, ir::NodeId id, PassContext& context) {
  for (const ir::ValueId x : std::vector<ir::ValueId>(graph.node(id).inputs)) {
    const auto* op = produced_by<ops::LayerNorm>(graph, x);
    if (!op || !graph.single_use(x)) continue;
    const ir::Node norm = producer(graph, x);
    if (!graph.is_constant(norm.inputs[1]) || !graph.is_constant(norm.inputs[2])) continue;
    const auto begin = normalize_axis(op->begin_axis, graph.type(x).shape.rank());
    const auto terms = begin ? terms_of(graph, id, *begin) : std::nullopt;
    auto gamma = values_of(*graph.value(norm.inputs[1]).constant);
    auto beta = values_of(*graph.value(norm.inputs[2]).constant);
    if (!terms || terms->x != x || !gamma || !beta || !(graph.type(x) == graph.type(graph.node(id).outputs[0]))) continue;
    for (size_t i = 0; i < gamma->size(); ++i) {
      (*gamma)[i] *= terms->factor[i];
      (*beta)[i] = (*beta)[i] * terms->factor[i] + terms->addend[i];
    }
    const TensorType type = graph.type(norm.inputs[1]);
    auto new_gamma = make_floats(type, *gamma);
    auto new_beta = make_floats(type, *beta);
    if (!new_gamma.ok() || !new_beta.ok()) continue;
    const ir::ValueId g = graph.add_constant(context.share(*new_gamma), "gamma");
    const ir::ValueId b = graph.add_constant(context.share(*new_beta), "beta");
    TRY_ASSIGN(const ir::ValueId y, graph.add(norm.op, {norm.inputs[0], g, b}, norm.origin));
    replace(graph, graph.node(id).outputs[0], y);
    return true;
  }
  return false;
}

}  // namespace

Result<bool> recognise_layer_norm(ir::Graph& graph, PassContext& context) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    const std::string_view op = graph.node(id).op->id();
    if (op != ops::Binary::kId && op != ops::ChannelAffine::kId) return false;
    TRY_ASSIGN(const bool found, op == ops::Binary::kId ? recognise(graph, id, context) : Result<bool>(false));
    if (found) return true;
    return absorb(graph, id, context);
  });
}

}  // namespace mindird::passes
