// Reading arithmetic: what a value is in terms of another one, whatever the order and association in which an exporter
// wrote it down.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "ir/graph.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"

namespace mindird::passes {

/// value = scale * base + shift, with one scale and shift for all elements.
struct Level {
  double scale = 1;
  double shift = 0;
  ir::ValueId base = ir::kNone;
};

/// The value itself, then step by step what is below the sums, products and quotients with constants that it is made
/// of. Floating types only.
std::vector<Level> levels(const ir::Graph& graph, ir::ValueId value);

/// Coefficients of x^0 to x^3.
using Polynomial = std::array<double, 4>;
/// `value` as a polynomial in `x`; nothing when it is none of degree 3 or less.
std::optional<Polynomial> polynomial(const ir::Graph& graph, ir::ValueId value, ir::ValueId x);

/// Equal within what the constants of an element type can say: 1e-5 for float32, more for the 16-bit types.
bool nearly(double got, double want, DType dtype);
bool nearly(const Polynomial& got, const Polynomial& want, DType dtype);

/// The two operands of a value made by Binary of one kind; nothing otherwise.
struct Operands {
  ir::ValueId left;
  ir::ValueId right;
};
std::optional<Operands> operands(const ir::Graph& graph, ir::ValueId value, ops::BinaryKind kind);

/// The operand of a value made by Unary of one kind; nothing otherwise.
std::optional<ir::ValueId> operand(const ir::Graph& graph, ir::ValueId value, ops::UnaryKind kind);

ir::OpPtr unary_op(ops::UnaryKind kind, double alpha = 0, double beta = 0);
ir::OpPtr binary_op(ops::BinaryKind kind);

}  // namespace mindird::passes
