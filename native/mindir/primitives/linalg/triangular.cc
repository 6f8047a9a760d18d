// Systems of equations with triangular and tridiagonal matrices.
#include "base/strings.h"
#include "mindir/primitives/linalg/parts.h"
#include "ops/linalg/tridiagonal_solve.h"
#include "ops/movement/pad.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

Result<Item> lower_matrix_triangular_solve(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, matrix_input(call, 0));
  TRY_ASSIGN(const ir::ValueId b, matrix_input(call, 1));
  TRY_ASSIGN(const bool lower, call.flag("lower", kAttributeOnly, true));
  TRY_ASSIGN(const bool adjoint, call.flag("adjoint", kAttributeOnly, false));
  return call.result(solve_triangular(call, a, b, {.lower = lower, .transpose = adjoint}));
}

/// The right side may be one vector for each matrix.
Result<Item> lower_solve_triangular(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, matrix_input(call, 0));
  TRY_ASSIGN(ir::ValueId b, call.tensor(1));
  TRY(call.want_known(b));
  TRY_ASSIGN(const int64_t trans, call.choice("trans", 2, {"N", "T", "C"}, 0));
  TRY_ASSIGN(const bool lower, call.flag("lower", 3, false));
  TRY_ASSIGN(const bool unit_diagonal, call.flag("unit_diagonal", 4, false));
  if (trans < 0 || trans > 2) return unsupported(str("trans is ", trans, ", want 0, 1 or 2"));
  const bool vector = call.rank(b) + 1 == call.rank(a);
  if (vector) {
    TRY_ASSIGN(b, as_column(call, b));
  }
  TRY_ASSIGN(const ir::ValueId x, solve_triangular(call, a, b, {.lower = lower, .transpose = trans != 0, .unit_diagonal = unit_diagonal}));
  return vector ? call.result(as_vector(call, x)) : Item(Computed{x});
}

/// Rows of x moved by one, `up` or down, with zeros where none comes.
Result<ir::ValueId> move_rows(Call& call, ir::ValueId x, bool up) {
  auto op = std::make_shared<ops::Pad>();
  op->before.assign(call.rank(x), 0);
  op->after.assign(call.rank(x), 0);
  const size_t axis = call.rank(x) - 2;
  op->before[axis] = up ? -1 : 1;
  op->after[axis] = up ? 1 : -1;
  return call.emit(std::move(op), {x});
}

/// A diagonal [..., 1, n] times the rows of x.
Result<ir::ValueId> scale_rows(Call& call, size_t position, ir::ValueId x) {
  TRY_ASSIGN(const ir::ValueId diagonal, matrix_input(call, position));
  if (rows_of(call, diagonal) != 1) return invalid_model(str("input ", position, " has type ", call.type(diagonal).text(), ", want one row"));
  TRY_ASSIGN(const ir::ValueId column, swap_last_dims(call, diagonal));
  return call.binary(BinaryKind::kMul, column, x);
}

/// T X from the superdiagonal, the diagonal and the subdiagonal of T.
Result<Item> lower_tridiagonal_mat_mul(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, matrix_input(call, 3));
  if (rows_of(call, x) == 0) return invalid_model("input 3 has no rows");
  TRY_ASSIGN(const ir::ValueId next, move_rows(call, x, true));
  TRY_ASSIGN(const ir::ValueId last, move_rows(call, x, false));
  TRY_ASSIGN(const ir::ValueId above, scale_rows(call, 0, next));
  TRY_ASSIGN(const ir::ValueId on, scale_rows(call, 1, x));
  TRY_ASSIGN(const ir::ValueId below, scale_rows(call, 2, last));
  TRY_ASSIGN(const ir::ValueId sum, call.binary(BinaryKind::kAdd, above, on));
  return call.result(call.binary(BinaryKind::kAdd, sum, below));
}

Result<Item> lower_tridiagonal_solve(Call& call) {
  TRY_ASSIGN(const ir::ValueId diagonals, matrix_input(call, 0));
  TRY_ASSIGN(const ir::ValueId b, matrix_input(call, 1));
  auto op = std::make_shared<ops::TridiagonalSolve>();
  TRY_ASSIGN(op->partial_pivoting, call.flag("partial_pivoting", kAttributeOnly, true));
  return call.result(call.emit(std::move(op), {diagonals, b}));
}

REGISTER_PRIMITIVE(MatrixTriangularSolve, lower_matrix_triangular_solve);
REGISTER_PRIMITIVE(SolveTriangular, lower_solve_triangular);
REGISTER_PRIMITIVE(TridiagonalMatMul, lower_tridiagonal_mat_mul);
REGISTER_PRIMITIVE(TridiagonalSolve, lower_tridiagonal_solve);

}  // namespace
}  // namespace mindird::mindir
