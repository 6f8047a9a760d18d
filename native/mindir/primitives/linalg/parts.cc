#include "mindir/primitives/linalg/parts.h"

#include <numeric>

#include "base/strings.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/one_hot.h"
#include "ops/linalg/lu_factor.h"
#include "ops/linalg/pivots_to_permutation.h"
#include "ops/linalg/triangular_solve.h"
#include "ops/linear/matmul.h"
#include "ops/movement/triangle.h"

namespace mindird::mindir {
namespace {

/// Rows of the identity: ones at the positions given along a new last dim.
Result<ir::ValueId> unit_rows(Call& call, ir::ValueId positions, int64_t size, DType dtype) {
  auto op = std::make_shared<ops::OneHot>();
  op->depth = size;
  TRY_ASSIGN(const ir::ValueId one, call.scalar(1, dtype));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, dtype));
  return call.emit(std::move(op), {positions, one, zero});
}

}  // namespace

Result<ir::ValueId> matrix_input(Call& call, size_t position) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(position));
  TRY(call.want_known(x));
  if (call.rank(x) >= 2) return x;
  return invalid_model(str("input ", position, " has type ", call.type(x).text(), ", want matrices"));
}

int64_t rows_of(const Call& call, ir::ValueId x) { return call.shape(x)[call.rank(x) - 2]; }
int64_t columns_of(const Call& call, ir::ValueId x) { return call.shape(x)[call.rank(x) - 1]; }

Result<ir::ValueId> multiply(Call& call, ir::ValueId x, ir::ValueId y, bool transpose_x, bool transpose_y) {
  auto op = std::make_shared<ops::MatMul>();
  op->transpose_a = transpose_x;
  op->transpose_b = transpose_y;
  return call.emit(std::move(op), {x, y});
}

Result<ir::ValueId> swap_last_dims(Call& call, ir::ValueId x) {
  std::vector<int64_t> perm(call.rank(x));
  std::iota(perm.begin(), perm.end(), 0);
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return call.transpose(x, std::move(perm));
}

Result<ir::ValueId> identity_like(Call& call, ir::ValueId x) {
  std::vector<int32_t> positions(static_cast<size_t>(columns_of(call, x)));
  std::iota(positions.begin(), positions.end(), 0);
  TRY_ASSIGN(const ir::ValueId diagonal, call.constant({DType::kI32, {columns_of(call, x)}}, std::as_bytes(std::span(positions))));
  return unit_rows(call, diagonal, columns_of(call, x), call.type(x).dtype);
}

Result<ir::ValueId> triangle(Call& call, ir::ValueId x, bool upper, int64_t diagonal) {
  auto op = std::make_shared<ops::Triangle>();
  op->upper = upper;
  op->diagonal = diagonal;
  return call.emit(std::move(op), {x});
}

Result<ir::ValueId> as_column(Call& call, ir::ValueId x) {
  std::vector<int64_t> dims = call.shape(x).vector();
  dims.push_back(1);
  return call.reshape(x, std::move(dims));
}

Result<ir::ValueId> as_vector(Call& call, ir::ValueId x) {
  std::vector<int64_t> dims = call.shape(x).vector();
  dims.pop_back();
  return call.reshape(x, std::move(dims));
}

/// Every (n + 1)-th element of the matrix as one row.
Result<ir::ValueId> diagonal_of(Call& call, ir::ValueId x) {
  const int64_t n = columns_of(call, x);
  std::vector<int64_t> dims = call.shape(x).vector();
  dims.pop_back();
  dims.back() = n * n;
  const auto axis = static_cast<int64_t>(dims.size()) - 1;
  TRY_ASSIGN(const ir::ValueId flat, call.reshape(x, std::move(dims)));
  std::vector<int64_t> positions(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) positions[static_cast<size_t>(i)] = i * (n + 1);
  TRY_ASSIGN(const ir::ValueId indices, call.constant({DType::kI64, {n}}, std::as_bytes(std::span(positions))));
  auto op = std::make_shared<ops::Gather>();
  op->axis = axis;
  return call.emit(std::move(op), {flat, indices});
}

Result<ir::ValueId> solve_triangular(Call& call, ir::ValueId a, ir::ValueId b, Triangular how) {
  auto op = std::make_shared<ops::TriangularSolve>();
  op->lower = how.lower;
  op->transpose = how.transpose;
  op->unit_diagonal = how.unit_diagonal;
  return call.emit(std::move(op), {a, b});
}

Result<ir::ValueId> permutation_of(Call& call, ir::ValueId pivots, int64_t size) {
  auto op = std::make_shared<ops::PivotsToPermutation>();
  op->size = size;
  return call.emit(std::move(op), {pivots});
}

Result<Lu> factor_lu(Call& call, ir::ValueId a) {
  if (rows_of(call, a) != columns_of(call, a)) return invalid_model(str("input 0 has type ", call.type(a).text(), ", want square matrices"));
  TRY_ASSIGN(const auto made, call.emit_all(std::make_shared<ops::LuFactor>(), {a}));
  TRY_ASSIGN(const ir::ValueId permutation, permutation_of(call, made[1], rows_of(call, a)));
  return Lu{made[0], made[1], permutation};
}

Result<ir::ValueId> permute_rows(Call& call, ir::ValueId x, ir::ValueId permutation) {
  auto op = std::make_shared<ops::Gather>();
  op->axis = static_cast<int64_t>(call.rank(x)) - 2;
  op->batch_dims = op->axis;
  return call.emit(std::move(op), {x, permutation});
}

Result<ir::ValueId> substitute(Call& call, ir::ValueId factors, ir::ValueId b) {
  TRY_ASSIGN(const ir::ValueId y, solve_triangular(call, factors, b, {.lower = true, .unit_diagonal = true}));
  return solve_triangular(call, factors, y, {.lower = false});
}

Result<ir::ValueId> inverse(Call& call, ir::ValueId a) {
  TRY_ASSIGN(const Lu lu, factor_lu(call, a));
  TRY_ASSIGN(const ir::ValueId rows, unit_rows(call, lu.permutation, columns_of(call, a), call.type(a).dtype));
  return substitute(call, lu.factors, rows);
}

}  // namespace mindird::mindir
