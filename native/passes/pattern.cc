#include "passes/pattern.h"

#include <cmath>
#include <memory>

#include "passes/constants.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

using ops::BinaryKind;
using ops::UnaryKind;

// Deeper arithmetic than exporters write is not looked at, which also bounds the time on hostile graphs.
constexpr int kMaxDepth = 7;

/// The level below value = scale * base + shift, when the base is a sum, product or quotient with a constant.
std::optional<Level> below(const ir::Graph& graph, const Level& level) {
  const TensorType& type = graph.type(level.base);
  if (const auto x = operand(graph, level.base, UnaryKind::kNeg)) return Level{-level.scale, level.shift, *x};
  const auto* op = produced_by<ops::Binary>(graph, level.base);
  if (!op) return std::nullopt;
  const ir::Node& node = producer(graph, level.base);
  const auto right = uniform_value(graph, node.inputs[1]);
  const auto left = right ? std::nullopt : uniform_value(graph, node.inputs[0]);
  if (!left && !right) return std::nullopt;
  const ir::ValueId x = node.inputs[right ? 0 : 1];
  const double c = right ? *right : *left;
  if (!(graph.type(x) == type)) return std::nullopt;
  switch (op->kind) {
    case BinaryKind::kAdd: return Level{level.scale, level.shift + level.scale * c, x};
    case BinaryKind::kMul: return Level{level.scale * c, level.shift, x};
    case BinaryKind::kSub:
      if (right) return Level{level.scale, level.shift - level.scale * c, x};
      return Level{-level.scale, level.shift + level.scale * c, x};
    case BinaryKind::kDiv:
      if (!right || c == 0) return std::nullopt;
      return Level{level.scale / c, level.shift, x};
    default: return std::nullopt;
  }
}

std::optional<Polynomial> product(const Polynomial& a, const Polynomial& b) {
  Polynomial out{};
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < b.size(); ++j) {
      if (a[i] == 0 || b[j] == 0) continue;
      if (i + j >= out.size()) return std::nullopt;
      out[i + j] += a[i] * b[j];
    }
  }
  return out;
}

Polynomial sum(const Polynomial& a, const Polynomial& b, double factor) {
  Polynomial out = a;
  for (size_t i = 0; i < out.size(); ++i) out[i] += factor * b[i];
  return out;
}

std::optional<Polynomial> polynomial_at(const ir::Graph& graph, ir::ValueId value, ir::ValueId x, int depth);

std::optional<Polynomial> of_binary(const ir::Graph& graph, const ir::Node& node, BinaryKind kind, ir::ValueId x, int depth) {
  const auto a = polynomial_at(graph, node.inputs[0], x, depth + 1);
  if (!a) return std::nullopt;
  if (kind == BinaryKind::kPow) {
    const auto exponent = uniform_value(graph, node.inputs[1]);
    if (!exponent || (*exponent != 2 && *exponent != 3)) return std::nullopt;
    const auto square = product(*a, *a);
    return square && *exponent == 3 ? product(*square, *a) : square;
  }
  const auto b = polynomial_at(graph, node.inputs[1], x, depth + 1);
  if (!b) return std::nullopt;
  switch (kind) {
    case BinaryKind::kAdd: return sum(*a, *b, 1);
    case BinaryKind::kSub: return sum(*a, *b, -1);
    case BinaryKind::kMul: return product(*a, *b);
    case BinaryKind::kDiv:
      if ((*b)[0] == 0 || (*b)[1] != 0 || (*b)[2] != 0 || (*b)[3] != 0) return std::nullopt;
      return product(*a, {1 / (*b)[0], 0, 0, 0});
    default: return std::nullopt;
  }
}

std::optional<Polynomial> polynomial_at(const ir::Graph& graph, ir::ValueId value, ir::ValueId x, int depth) {
  if (value == x) return Polynomial{0, 1, 0, 0};
  if (const auto c = uniform_value(graph, value)) return Polynomial{*c, 0, 0, 0};
  if (depth >= kMaxDepth || graph.value(value).producer == ir::kNone || !(graph.type(value) == graph.type(x))) return std::nullopt;
  if (const auto* op = produced_by<ops::Binary>(graph, value)) return of_binary(graph, producer(graph, value), op->kind, x, depth);
  const auto negated = operand(graph, value, UnaryKind::kNeg);
  const auto squared = operand(graph, value, UnaryKind::kSquare);
  if (!negated && !squared) return std::nullopt;
  const auto inner = polynomial_at(graph, negated ? *negated : *squared, x, depth + 1);
  if (!inner) return std::nullopt;
  return negated ? product(*inner, {-1, 0, 0, 0}) : product(*inner, *inner);
}

}  // namespace

std::vector<Level> levels(const ir::Graph& graph, ir::ValueId value) {
  std::vector<Level> out = {{1, 0, value}};
  if (!is_floating(graph.type(value).dtype)) return out;
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    const auto next = below(graph, out.back());
    if (!next) break;
    out.push_back(*next);
  }
  return out;
}

std::optional<Polynomial> polynomial(const ir::Graph& graph, ir::ValueId value, ir::ValueId x) { return polynomial_at(graph, value, x, 0); }

bool nearly(double got, double want, DType dtype) {
  const double relative = dtype == DType::kF16 ? 1e-3 : dtype == DType::kBF16 ? 8e-3 : 1e-5;
  return std::abs(got - want) <= relative * std::abs(want);
}

bool nearly(const Polynomial& got, const Polynomial& want, DType dtype) {
  for (size_t i = 0; i < got.size(); ++i) {
    if (!nearly(got[i], want[i], dtype)) return false;
  }
  return true;
}

std::optional<Operands> operands(const ir::Graph& graph, ir::ValueId value, BinaryKind kind) {
  const auto* op = produced_by<ops::Binary>(graph, value);
  if (!op || op->kind != kind) return std::nullopt;
  const ir::Node& node = producer(graph, value);
  return Operands{node.inputs[0], node.inputs[1]};
}

std::optional<ir::ValueId> operand(const ir::Graph& graph, ir::ValueId value, UnaryKind kind) {
  const auto* op = produced_by<ops::Unary>(graph, value);
  if (!op || op->kind != kind) return std::nullopt;
  return producer(graph, value).inputs[0];
}

ir::OpPtr unary_op(UnaryKind kind, double alpha, double beta) {
  auto op = std::make_shared<ops::Unary>();
  op->kind = kind;
  op->alpha = alpha;
  op->beta = beta;
  return op;
}

ir::OpPtr binary_op(BinaryKind kind) {
  auto op = std::make_shared<ops::Binary>();
  op->kind = kind;
  return op;
}

}  // namespace mindird::passes
