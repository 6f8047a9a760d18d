// Gaussian elimination on three diagonals (G. Golub and C. Van Loan, Matrix Computations, 4.3). An exchange of neighbouring rows fills one more diagonal above.
#include "ops/linalg/tridiagonal_solve.h"

#include <cmath>

#include "ops/linalg/matrix.h"

namespace mindird::ops {
namespace {

using linalg::Matrix;

/// What is left of a row once the columns before its diagonal are gone: elements at columns i, i+1, i+2.
struct Row {
  double diagonal;
  double next;
  double second;
};

void solve(const Matrix& t, Matrix& x, bool pivoting) {
  const int64_t n = t.columns();
  std::vector<Row> rows(static_cast<size_t>(n));
  const auto row = [&](int64_t i) -> Row& { return rows[static_cast<size_t>(i)]; };
  for (int64_t i = 0; i < n; ++i) row(i) = {t(1, i), i + 1 < n ? t(0, i) : 0, 0};
  for (int64_t i = 0; i + 1 < n; ++i) {
    double below = t(2, i + 1);
    if (pivoting && std::abs(below) > std::abs(row(i).diagonal)) {
      const Row lower{below, row(i + 1).diagonal, row(i + 1).next};
      below = row(i).diagonal;
      row(i + 1) = {row(i).next, row(i).second, 0};
      row(i) = lower;
      x.swap_rows(i, i + 1);
    }
    if (below == 0) continue;
    const double factor = below / row(i).diagonal;
    row(i + 1).diagonal -= factor * row(i).next;
    row(i + 1).next -= factor * row(i).second;
    for (int64_t k = 0; k < x.columns(); ++k) x(i + 1, k) -= factor * x(i, k);
  }
  for (int64_t i = n; i-- > 0;) {
    for (int64_t k = 0; k < x.columns(); ++k) {
      if (i + 1 < n) x(i, k) -= row(i).next * x(i + 1, k);
      if (i + 2 < n) x(i, k) -= row(i).second * x(i + 2, k);
      x(i, k) /= row(i).diagonal;
    }
  }
}

}  // namespace

void TridiagonalSolve::attributes(ir::AttributeVisitor& v) { v.field("partial_pivoting", partial_pivoting); }

Result<ir::Types> TridiagonalSolve::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2));
  TRY(expect_same_dtype(in));
  TRY(linalg::expect_matrices(in, 0, false));
  TRY(linalg::expect_matrices(in, 1, false));
  TRY(linalg::expect_same_batch(in, 1));
  const Shape& t = in[0].shape;
  if (t[t.rank() - 2] != 3) return invalid_argument(str("input 0 is ", in[0].text(), ", want three diagonals"));
  if (in[1].shape[t.rank() - 2] != t[t.rank() - 1])
    return invalid_argument(str("input 1 is ", in[1].text(), ", want as many rows as columns of ", in[0].text()));
  return one_output(in[1]);
}

Status TridiagonalSolve::evaluate(const ir::EvalArgs& args) const {
  for (int64_t i = 0; i < linalg::count(args.inputs[0]); ++i) {
    Matrix x = linalg::read(args.inputs[1], i);
    solve(linalg::read(args.inputs[0], i), x, partial_pivoting);
    linalg::write(x.values(), args.outputs[0], i);
  }
  return {};
}

double TridiagonalSolve::cost(std::span<const TensorType>, std::span<const TensorType> out) const { return 5 * static_cast<double>(out[0].shape.elements()); }

std::optional<ir::BatchAxis> TridiagonalSolve::batch_axis(const ir::BatchArgs& args) const { return linalg::matrices_batch_axis(args); }

REGISTER_OP(TridiagonalSolve);

}  // namespace mindird::ops
