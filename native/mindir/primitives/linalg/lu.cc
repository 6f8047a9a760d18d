// What Gaussian elimination gives: solutions, inverses, determinants, powers. Pivots in files count from 1.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/linalg/parts.h"
#include "ops/indexing/one_hot.h"
#include "ops/movement/expand.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;
using ops::UnaryKind;

Result<ir::ValueId> pivot_input(Call& call, size_t position) {
  TRY_ASSIGN(const ir::ValueId given, call.tensor(position));
  TRY_ASSIGN(const ir::ValueId pivots, call.cast(given, DType::kI32));
  return call.binary(BinaryKind::kSub, pivots, 1.0);
}

/// The matrix, or with `adjoint` its transpose.
Result<ir::ValueId> perhaps_adjoint(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, matrix_input(call, 0));
  TRY_ASSIGN(const bool adjoint, call.flag("adjoint", kAttributeOnly, false));
  return adjoint ? swap_last_dims(call, a) : Result<ir::ValueId>(a);
}

Result<Item> lower_matrix_solve(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, perhaps_adjoint(call));
  TRY_ASSIGN(const ir::ValueId b, matrix_input(call, 1));
  TRY_ASSIGN(const Lu lu, factor_lu(call, a));
  TRY_ASSIGN(const ir::ValueId ordered, permute_rows(call, b, lu.permutation));
  return call.result(substitute(call, lu.factors, ordered));
}

Result<Item> lower_matrix_inverse(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, perhaps_adjoint(call));
  return call.result(inverse(call, a));
}

/// The factors in one matrix, and which row of A each row of them comes from.
Result<Item> lower_lu(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, matrix_input(call, 0));
  TRY_ASSIGN(const DType index_type, call.element_type("output_idx_type", kAttributeOnly));
  TRY_ASSIGN(const Lu lu, factor_lu(call, a));
  TRY_ASSIGN(const ir::ValueId permutation, call.cast(lu.permutation, index_type));
  return tuple_of(std::vector<ir::ValueId>{lu.factors, permutation});
}

Result<Item> lower_lu_solve(Call& call) {
  TRY_ASSIGN(const ir::ValueId b, matrix_input(call, 0));
  TRY_ASSIGN(const ir::ValueId factors, matrix_input(call, 1));
  TRY_ASSIGN(const ir::ValueId pivots, pivot_input(call, 2));
  TRY_ASSIGN(const ir::ValueId permutation, permutation_of(call, pivots, rows_of(call, factors)));
  TRY_ASSIGN(const ir::ValueId ordered, permute_rows(call, b, permutation));
  return call.result(substitute(call, factors, ordered));
}

/// (P, L, U) with A = P L U.
Result<Item> lower_lu_unpack(Call& call) {
  TRY_ASSIGN(const ir::ValueId factors, matrix_input(call, 0));
  TRY_ASSIGN(const ir::ValueId pivots, pivot_input(call, 1));
  TRY_ASSIGN(const bool data, call.flag("unpack_data", kAttributeOnly, true));
  TRY_ASSIGN(const bool permuted, call.flag("unpack_pivots", kAttributeOnly, true));
  if (!data || !permuted) return unsupported("unpacking only pivots or only factors is not supported");
  const int64_t m = rows_of(call, factors);
  const int64_t n = columns_of(call, factors);
  const int64_t k = std::min(m, n);
  const DType dtype = call.type(factors).dtype;
  TRY_ASSIGN(const ir::ValueId permutation, permutation_of(call, pivots, m));
  auto one_hot = std::make_shared<ops::OneHot>();
  one_hot->depth = m;
  one_hot->axis = static_cast<int64_t>(call.rank(permutation)) - 1;  // row permutation[i] of column i
  TRY_ASSIGN(const ir::ValueId one, call.scalar(1, dtype));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, dtype));
  TRY_ASSIGN(const ir::ValueId p, call.emit(std::move(one_hot), {permutation, one, zero}));
  TRY_ASSIGN(const ir::ValueId left, call.slice(factors, call.rank(factors) - 1, 0, k));
  TRY_ASSIGN(const ir::ValueId below, triangle(call, left, false, -1));
  TRY_ASSIGN(const ir::ValueId top, call.slice(factors, call.rank(factors) - 2, 0, k));
  TRY_ASSIGN(const ir::ValueId upper, triangle(call, top, true, 0));
  // The diagonal of ones, of L's shape: the lower triangle of ones without what lies below the diagonal.
  auto ones = std::make_shared<ops::Expand>();
  ones->shape = {m, k};
  TRY_ASSIGN(const ir::ValueId filled, call.emit(std::move(ones), {one}));
  TRY_ASSIGN(const ir::ValueId lower_half, triangle(call, filled, false, 0));
  TRY_ASSIGN(const ir::ValueId diagonal, triangle(call, lower_half, true, 0));
  TRY_ASSIGN(const ir::ValueId lower, call.binary(BinaryKind::kAdd, below, diagonal));
  return tuple_of(std::vector<ir::ValueId>{p, lower, upper});
}

/// 1 for an even number of exchanges of rows, -1 for an odd one.
Result<ir::ValueId> sign_of_pivots(Call& call, const Lu& lu) {
  const int64_t n = columns_of(call, lu.factors);
  std::vector<int32_t> own(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) own[static_cast<size_t>(i)] = static_cast<int32_t>(i);
  TRY_ASSIGN(const ir::ValueId positions, call.constant({DType::kI32, {n}}, std::as_bytes(std::span(own))));
  TRY_ASSIGN(const ir::ValueId moved, call.compare(ops::CompareKind::kNotEqual, lu.pivots, positions));
  TRY_ASSIGN(const ir::ValueId minus, call.scalar(-1, call.type(lu.factors).dtype));
  TRY_ASSIGN(const ir::ValueId plus, call.scalar(1, call.type(lu.factors).dtype));
  TRY_ASSIGN(const ir::ValueId signs, call.select(moved, minus, plus));
  return call.reduce(ReduceKind::kProd, signs, {static_cast<int64_t>(call.rank(signs)) - 1}, false);
}

/// The product of the diagonal of U, with the sign of the exchanges; `diagonal` may be its signs alone.
Result<ir::ValueId> signed_product(Call& call, const Lu& lu, ir::ValueId diagonal) {
  TRY_ASSIGN(const ir::ValueId sign, sign_of_pivots(call, lu));
  TRY_ASSIGN(const ir::ValueId product, call.reduce(ReduceKind::kProd, diagonal, {static_cast<int64_t>(call.rank(diagonal)) - 1}, false));
  return call.binary(BinaryKind::kMul, sign, product);
}

Result<Item> lower_determinant(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, matrix_input(call, 0));
  TRY_ASSIGN(const Lu lu, factor_lu(call, a));
  TRY_ASSIGN(const ir::ValueId diagonal, diagonal_of(call, lu.factors));
  return call.result(signed_product(call, lu, diagonal));
}

/// The sign of the determinant and the logarithm of its size, without the product that may overflow.
Result<Item> lower_log_determinant(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, matrix_input(call, 0));
  TRY_ASSIGN(const Lu lu, factor_lu(call, a));
  TRY_ASSIGN(const ir::ValueId diagonal, diagonal_of(call, lu.factors));
  TRY_ASSIGN(const ir::ValueId signs, call.unary(UnaryKind::kSign, diagonal));
  TRY_ASSIGN(const ir::ValueId sign, signed_product(call, lu, signs));
  TRY_ASSIGN(const ir::ValueId sizes, call.unary(UnaryKind::kAbs, diagonal));
  TRY_ASSIGN(const ir::ValueId logarithms, call.unary(UnaryKind::kLog, sizes));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ReduceKind::kSum, logarithms, {static_cast<int64_t>(call.rank(diagonal)) - 1}, false));
  return tuple_of(std::vector<ir::ValueId>{sign, sum});
}

/// By repeated squaring; a negative power is one of the inverse.
Result<Item> lower_matrix_power(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, matrix_input(call, 0));
  TRY_ASSIGN(const int64_t n, call.integer("n", kAttributeOnly));
  if (rows_of(call, a) != columns_of(call, a)) return invalid_model(str("input 0 has type ", call.type(a).text(), ", want square matrices"));
  if (n == 0) {
    auto op = std::make_shared<ops::Expand>();
    op->shape = call.shape(a).vector();
    TRY_ASSIGN(const ir::ValueId identity, identity_like(call, a));
    return call.result(call.emit(std::move(op), {identity}));
  }
  TRY_ASSIGN(ir::ValueId square, n < 0 ? inverse(call, a) : Result<ir::ValueId>(a));
  std::optional<ir::ValueId> power;
  for (uint64_t rest = n < 0 ? uint64_t{0} - static_cast<uint64_t>(n) : static_cast<uint64_t>(n); rest != 0; rest >>= 1U) {
    if ((rest & 1U) != 0) {
      TRY_ASSIGN(power, power ? multiply(call, *power, square) : Result<ir::ValueId>(square));
    }
    if (rest > 1) {
      TRY_ASSIGN(square, multiply(call, square, square));
    }
  }
  return Item(Computed{*power});
}

REGISTER_PRIMITIVE(MatrixSolve, lower_matrix_solve);
REGISTER_PRIMITIVE(MatrixInverse, lower_matrix_inverse);
REGISTER_PRIMITIVE(Lu, lower_lu);
REGISTER_PRIMITIVE(LuSolve, lower_lu_solve);
REGISTER_PRIMITIVE(LuUnpack, lower_lu_unpack);
REGISTER_PRIMITIVE(MatrixDeterminant, lower_determinant);
REGISTER_PRIMITIVE(LogMatrixDeterminant, lower_log_determinant);
REGISTER_PRIMITIVE(MatrixPower, lower_matrix_power);

}  // namespace
}  // namespace mindird::mindir
