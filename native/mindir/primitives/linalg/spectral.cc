// Eigenvalues of symmetric matrices, singular values, and what follows from them: the nuclear norm and least squares.
#include <algorithm>
#include <limits>

#include "base/strings.h"
#include "mindir/primitives/linalg/parts.h"
#include "ops/linalg/svd.h"
#include "ops/linalg/symmetric_eigen.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;
using ops::UnaryKind;

Result<std::vector<ir::ValueId>> eigen(Call& call, bool lower) {
  TRY_ASSIGN(const ir::ValueId a, matrix_input(call, 0));
  auto op = std::make_shared<ops::SymmetricEigen>();
  op->lower = lower;
  return call.emit_all(std::move(op), {a});
}

/// Values alone, or (values, vectors).
Result<Item> lower_eigh(Call& call) {
  TRY_ASSIGN(const bool vectors, call.flag("compute_eigenvectors", kAttributeOnly, true));
  TRY_ASSIGN(const bool lower, call.flag("lower", kAttributeOnly, true));
  TRY_ASSIGN(const auto found, eigen(call, lower));
  return vectors ? tuple_of(found) : Item(Computed{found[0]});
}

Result<Item> lower_self_adjoint_eig(Call& call) {
  TRY_ASSIGN(const bool vectors, call.flag("compute_v", kAttributeOnly, true));
  TRY_ASSIGN(const auto found, eigen(call, true));
  if (vectors) return tuple_of(found);
  return make_tuple({Item(Computed{found[0]}), Item(Unavailable{"eigenvectors that the model does not compute"})});
}

Result<std::vector<ir::ValueId>> singular(Call& call, ir::ValueId a, bool full) {
  auto op = std::make_shared<ops::Svd>();
  op->full_matrices = full;
  return call.emit_all(std::move(op), {a});
}

Result<Item> lower_svd(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, matrix_input(call, 0));
  TRY_ASSIGN(const bool full, call.flag("full_matrices", 1, false));
  TRY_ASSIGN(const bool vectors, call.flag("compute_uv", 2, true));
  TRY_ASSIGN(const auto found, singular(call, a, vectors && full));
  if (vectors) return tuple_of(found);
  const Item none = Unavailable{"singular vectors that the model does not compute"};
  return make_tuple({Item(Computed{found[0]}), none, none});
}

/// The sum of the singular values of the matrices in two dims, by default the only ones.
Result<Item> lower_nuclear_norm(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, matrix_input(call, 0));
  TRY_ASSIGN(const auto given, call.integers("dim", kAttributeOnly, std::vector<int64_t>()));
  TRY_ASSIGN(const bool keep, call.flag("keepdim", kAttributeOnly, false));
  const size_t rank = call.rank(x);
  // The default is written as [1000].
  const bool all = given.empty() || (given.size() == 1 && given[0] == 1000);
  TRY_ASSIGN(const auto dims, call.axes(all ? std::vector<int64_t>() : given, rank, true));
  if (dims.size() != 2) return invalid_model(str("dim is ", list_text<int64_t>(given), " for a tensor of type ", call.type(x).text(), ", want two dimensions"));
  std::vector<int64_t> perm;
  std::vector<int64_t> kept = call.shape(x).vector();
  for (size_t d = 0; d < rank; ++d) {
    if (std::find(dims.begin(), dims.end(), static_cast<int64_t>(d)) == dims.end()) perm.push_back(static_cast<int64_t>(d));
  }
  for (const int64_t d : dims) {
    perm.push_back(d);
    kept[static_cast<size_t>(d)] = 1;
  }
  TRY_ASSIGN(const ir::ValueId matrices, call.transpose(x, std::move(perm)));
  TRY_ASSIGN(const auto found, singular(call, matrices, false));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ReduceKind::kSum, found[0], {static_cast<int64_t>(rank) - 2}, false));
  return keep ? call.result(call.reshape(sum, std::move(kept))) : Item(Computed{sum});
}

/// The X of least |A X - B|² + λ |X|²: V diag(s / (s² + λ)) U^T B, where singular values that are rounding errors of zeros count as zeros. With λ = 0 that is
/// the solution of least size, whatever the rank of A.
Result<ir::ValueId> least_squares(Call& call, ir::ValueId a, ir::ValueId b, ir::ValueId damping) {
  TRY_ASSIGN(const auto found, singular(call, a, false));
  const ir::ValueId s = found[0];
  const DType dtype = call.type(a).dtype;
  if (columns_of(call, a) == 0 || rows_of(call, a) == 0) return unsupported("least squares of an empty matrix");
  const double epsilon = dtype == DType::kF64 ? std::numeric_limits<double>::epsilon() : static_cast<double>(std::numeric_limits<float>::epsilon());
  TRY_ASSIGN(const ir::ValueId largest, call.reduce(ReduceKind::kMax, s, {static_cast<int64_t>(call.rank(s)) - 1}, true));
  TRY_ASSIGN(const ir::ValueId bound, call.binary(BinaryKind::kMul, largest, epsilon * static_cast<double>(std::max(rows_of(call, a), columns_of(call, a)))));
  TRY_ASSIGN(const ir::ValueId squares, call.unary(UnaryKind::kSquare, s));
  TRY_ASSIGN(const ir::ValueId damped, call.binary(BinaryKind::kAdd, squares, damping));
  TRY_ASSIGN(const ir::ValueId quotient, call.binary(BinaryKind::kDiv, s, damped));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, dtype));
  TRY_ASSIGN(const ir::ValueId counts, call.compare(ops::CompareKind::kGreater, s, bound));
  TRY_ASSIGN(const ir::ValueId factor, call.select(counts, quotient, zero));
  TRY_ASSIGN(const ir::ValueId column, as_column(call, factor));
  TRY_ASSIGN(const ir::ValueId along, multiply(call, found[1], b, true, false));
  TRY_ASSIGN(const ir::ValueId scaled, call.binary(BinaryKind::kMul, column, along));
  return multiply(call, found[2], scaled);
}

Result<Item> lower_matrix_solve_ls(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, matrix_input(call, 0));
  TRY_ASSIGN(const ir::ValueId b, matrix_input(call, 1));
  TRY_ASSIGN(const ir::ValueId given, call.tensor(2));
  TRY_ASSIGN(const ir::ValueId damping, call.cast(given, call.type(a).dtype));
  return call.result(least_squares(call, a, b, damping));
}

/// The right side may be a vector; what solves it is a column then.
Result<ir::ValueId> plain_least_squares(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, matrix_input(call, 0));
  TRY_ASSIGN(ir::ValueId b, call.tensor(1));
  if (call.rank(b) + 1 == call.rank(a)) {
    TRY_ASSIGN(b, as_column(call, b));
  }
  TRY_ASSIGN(const ir::ValueId none, call.scalar(0, call.type(a).dtype));
  return least_squares(call, a, b, none);
}

Result<Item> lower_lstsq(Call& call) {
  TRY_ASSIGN(const double damping, call.number("l2_regularizer", kAttributeOnly, 0.0));
  if (damping != 0) return unsupported(str("l2_regularizer is ", damping, ", want 0"));
  return call.result(plain_least_squares(call));
}

/// (solution, residuals, rank, singular values), of which the solution is given.
Result<Item> lower_lstsq_v2(Call& call) {
  TRY_ASSIGN(const ir::ValueId solution, plain_least_squares(call));
  const Item none = Unavailable{"residuals, rank and singular values of least squares are not supported"};
  return make_tuple({Item(Computed{solution}), none, none, none});
}

REGISTER_PRIMITIVE(Eigh, lower_eigh);
REGISTER_PRIMITIVE(SelfAdjointEig, lower_self_adjoint_eig);
REGISTER_PRIMITIVE(Svd, lower_svd);
REGISTER_PRIMITIVE(NuclearNorm, lower_nuclear_norm);
REGISTER_PRIMITIVE(MatrixSolveLs, lower_matrix_solve_ls);
REGISTER_PRIMITIVE(Lstsq, lower_lstsq);
REGISTER_PRIMITIVE(LstsqV2, lower_lstsq_v2);

}  // namespace
}  // namespace mindird::mindir
