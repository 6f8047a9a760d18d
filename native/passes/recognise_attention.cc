// Scaled dot-product attention, decomposed:
//
//   q ── · s₁ ──┐
//   k ── · s₂ ──┴ MatMul(q kᵀ) ── · s₃ ── + mask ── Softmax ──┐
//   v ───────────────────────────────────────────────────────┴ MatMul ── y
//
// becomes Attention(q, k, v, mask) with scale = s₁ s₂ s₃.
//
// Any of the scales and the mask may be missing. Operands that lie the other way round than Attention wants get a
// Transpose, which mostly merges with one that made them. What is computed in between must have no other use: the
// probabilities may be wanted for themselves.
#include <memory>
#include <numeric>
#include <optional>
#include <vector>

#include "ops/sequence/attention.h"
#include "ops/linear/matmul.h"
#include "ops/normalization/softmax.h"
#include "ops/movement/transpose.h"
#include "passes/passes.h"
#include "passes/pattern.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

using ops::BinaryKind;

/// A matrix operand below its scales and transpositions.
struct Operand {
  ir::ValueId value;
  double scale = 1;
  bool transposed = false;
};

bool swaps_last_two(const std::vector<int64_t>& perm) {
  std::vector<int64_t> swapped(perm.size());
  std::iota(swapped.begin(), swapped.end(), 0);
  if (perm.size() >= 2) std::swap(swapped[perm.size() - 1], swapped[perm.size() - 2]);
  return perm.size() >= 2 && perm == swapped;
}

Operand peel(const ir::Graph& graph, ir::ValueId value, bool transposed) {
  Operand out{value, 1, transposed};
  for (int step = 0; step < 4; ++step) {
    const auto steps = levels(graph, out.value);
    if (steps.size() > 1 && steps[1].shift == 0) {
      out.scale *= steps[1].scale;
      out.value = steps[1].base;
      continue;
    }
    const auto* transpose = produced_by<ops::Transpose>(graph, out.value);
    if (!transpose || !swaps_last_two(transpose->perm)) break;
    out.transposed = !out.transposed;
    out.value = producer(graph, out.value).inputs[0];
  }
  return out;
}

/// What goes into the softmax: scale * (left right) + mask.
struct Scores {
  ir::ValueId product;
  double scale = 1;
  std::optional<ir::ValueId> mask;
};

const ops::MatMul* plain_matmul(const ir::Graph& graph, ir::ValueId value) {
  const auto* op = produced_by<ops::MatMul>(graph, value);
  return op && producer(graph, value).inputs.size() == 2 ? op : nullptr;
}

/// The product of matrices under the scales of `value`, each step used once.
std::optional<Scores> scaled_product(const ir::Graph& graph, ir::ValueId value) {
  for (const Level& level : levels(graph, value)) {
    if (level.shift != 0 || !graph.single_use(level.base)) return std::nullopt;
    if (plain_matmul(graph, level.base)) return Scores{level.base, level.scale, std::nullopt};
  }
  return std::nullopt;
}

std::optional<Scores> scores_of(const ir::Graph& graph, ir::ValueId value) {
  if (!graph.single_use(value)) return std::nullopt;
  if (auto plain = scaled_product(graph, value)) return plain;
  const auto sum = operands(graph, value, BinaryKind::kAdd);
  if (!sum) return std::nullopt;
  for (const auto& [left, mask] : {*sum, Operands{sum->right, sum->left}}) {
    auto found = scaled_product(graph, left);
    if (!found || !(graph.type(left) == graph.type(value))) continue;
    found->mask = mask;
    return found;
  }
  return std::nullopt;
}

struct Match {
  Operand q;
  Operand k;
  ir::ValueId v;
  double scale;
  std::optional<ir::ValueId> mask;
};

bool same_leading(const Shape& a, const Shape& b) {
  if (a.rank() != b.rank()) return false;
  for (size_t i = 0; i + 2 < a.rank(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

std::optional<Match> match_attention(const ir::Graph& graph, ir::ValueId y) {
  const auto* mix = plain_matmul(graph, y);
  if (!mix || mix->transpose_a || mix->transpose_b || !is_floating(graph.type(y).dtype)) return std::nullopt;
  const ir::ValueId probabilities = producer(graph, y).inputs[0];
  const ir::ValueId v = producer(graph, y).inputs[1];
  const auto* softmax = produced_by<ops::Softmax>(graph, probabilities);
  const size_t rank = graph.type(probabilities).shape.rank();
  if (!softmax || softmax->log || graph.type(probabilities).shape.elements() == 0 || normalize_axis(softmax->axis, rank) != rank - 1 ||
      !graph.single_use(probabilities))
    return std::nullopt;
  const auto scores = scores_of(graph, producer(graph, probabilities).inputs[0]);
  if (!scores) return std::nullopt;
  const auto* product = plain_matmul(graph, scores->product);
  const ir::Node& node = producer(graph, scores->product);
  const Operand q = peel(graph, node.inputs[0], product->transpose_a);
  // Of the right operand, Attention takes the transposed one.
  const Operand k = peel(graph, node.inputs[1], !product->transpose_b);
  if (!same_leading(graph.type(q.value).shape, graph.type(k.value).shape) || !same_leading(graph.type(q.value).shape, graph.type(v).shape)) return std::nullopt;
  return Match{q, k, v, scores->scale * q.scale * k.scale, scores->mask};
}

Result<ir::ValueId> upright(ir::Graph& graph, const Operand& operand, const std::string& origin) {
  if (!operand.transposed) return operand.value;
  auto op = std::make_shared<ops::Transpose>();
  op->perm.resize(graph.type(operand.value).shape.rank());
  std::iota(op->perm.begin(), op->perm.end(), 0);
  std::swap(op->perm[op->perm.size() - 1], op->perm[op->perm.size() - 2]);
  return graph.add(std::move(op), {operand.value}, origin);
}

}  // namespace

Result<bool> recognise_attention(ir::Graph& graph, PassContext&) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    if (graph.node(id).op->id() != ops::MatMul::kId) return false;
    const ir::ValueId y = graph.node(id).outputs[0];
    const auto found = match_attention(graph, y);
    if (!found) return false;
    const std::string origin = graph.node(id).origin;
    TRY_ASSIGN(const ir::ValueId q, upright(graph, found->q, origin));
    TRY_ASSIGN(const ir::ValueId k, upright(graph, found->k, origin));
    std::vector<ir::ValueId> inputs = {q, k, found->v};
    if (found->mask) inputs.push_back(*found->mask);
    auto op = std::make_shared<ops::Attention>();
    op->scale = found->scale;
    TRY_ASSIGN(const ir::ValueId attention, graph.add(std::move(op), std::move(inputs), origin));
    replace(graph, y, attention);
    return true;
  });
}

}  // namespace mindird::passes
