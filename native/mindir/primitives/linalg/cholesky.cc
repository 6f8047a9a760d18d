// Cholesky's factor of positive definite matrices, and what follows from it. A factor U above the diagonal stands for A = U^T U.
#include "mindir/primitives/linalg/parts.h"
#include "ops/linalg/cholesky.h"

namespace mindird::mindir {
namespace {

Result<Item> lower_cholesky(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, matrix_input(call, 0));
  TRY_ASSIGN(const bool upper, call.flag("upper", 1, false));
  TRY_ASSIGN(const ir::ValueId factor, call.emit(std::make_shared<ops::Cholesky>(), {a}));
  if (!upper) return Item(Computed{factor});
  return call.result(swap_last_dims(call, factor));
}

/// A^-1 B from the factor of A.
Result<ir::ValueId> solve(Call& call, ir::ValueId factor, ir::ValueId b, bool upper) {
  TRY_ASSIGN(const ir::ValueId y, solve_triangular(call, factor, b, {.lower = !upper, .transpose = upper}));
  return solve_triangular(call, factor, y, {.lower = !upper, .transpose = !upper});
}

Result<Item> lower_cholesky_solve(Call& call) {
  TRY_ASSIGN(const ir::ValueId b, matrix_input(call, 0));
  TRY_ASSIGN(const ir::ValueId factor, matrix_input(call, 1));
  TRY_ASSIGN(const bool upper, call.flag("upper", 2, false));
  return call.result(solve(call, factor, b, upper));
}

Result<Item> lower_cholesky_inverse(Call& call) {
  TRY_ASSIGN(const ir::ValueId factor, matrix_input(call, 0));
  TRY(call.want_rank(factor, 2, "the factor"));
  TRY_ASSIGN(const bool upper, call.flag("upper", 1, false));
  TRY_ASSIGN(const ir::ValueId identity, identity_like(call, factor));
  return call.result(solve(call, factor, identity, upper));
}

REGISTER_PRIMITIVE(Cholesky, lower_cholesky);
REGISTER_PRIMITIVE(CholeskySolve, lower_cholesky_solve);
REGISTER_PRIMITIVE(CholeskyInverse, lower_cholesky_inverse);

}  // namespace
}  // namespace mindird::mindir
