// Householder reflections, each chosen as LAPACK's xLARFG does: the diagonal of R has the sign opposite to the element it replaces
// (G. Golub and C. Van Loan, Matrix Computations, 5.1 and 5.2).
#include "ops/linalg/householder_qr.h"

#include <algorithm>
#include <cmath>

#include "ops/linalg/matrix.h"

namespace mindird::ops {
namespace {

using linalg::Matrix;

/// Makes the reflection of column `step` and keeps it there; gives its tau.
double reflect_column(Matrix& a, int64_t step) {
  const double head = a(step, step);
  double tail = 0;
  for (int64_t i = step + 1; i < a.rows(); ++i) tail = std::hypot(tail, a(i, step));
  if (tail == 0) return 0;
  const double diagonal = -std::copysign(std::hypot(head, tail), head);
  for (int64_t i = step + 1; i < a.rows(); ++i) a(i, step) /= head - diagonal;
  a(step, step) = diagonal;
  return (diagonal - head) / diagonal;
}

Matrix factor(Matrix& a) {
  Matrix tau(std::min(a.rows(), a.columns()), 1);
  for (int64_t step = 0; step < tau.rows(); ++step) {
    tau(step, 0) = reflect_column(a, step);
    for (int64_t j = step + 1; j < a.columns(); ++j) {
      double product = a(step, j);
      for (int64_t i = step + 1; i < a.rows(); ++i) product += a(i, step) * a(i, j);
      product *= tau(step, 0);
      a(step, j) -= product;
      for (int64_t i = step + 1; i < a.rows(); ++i) a(i, j) -= product * a(i, step);
    }
  }
  return tau;
}

int64_t reflections(const Shape& x) { return std::min(x[x.rank() - 1], x[x.rank() - 2]); }

}  // namespace

Result<ir::Types> HouseholderQr::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(linalg::expect_matrices(in, 0, false));
  TRY_ASSIGN(const ir::Types tau, one_output({in[0].dtype, linalg::with_last(in[0].shape, 2, {reflections(in[0].shape)})}));
  return ir::Types{in[0], tau[0]};
}

Status HouseholderQr::evaluate(const ir::EvalArgs& args) const {
  for (int64_t i = 0; i < linalg::count(args.inputs[0]); ++i) {
    Matrix a = linalg::read(args.inputs[0], i);
    const Matrix tau = factor(a);
    linalg::write(a.values(), args.outputs[0], i);
    linalg::write(tau.values(), args.outputs[1], i);
  }
  return {};
}

double HouseholderQr::cost(std::span<const TensorType> in, std::span<const TensorType>) const {
  return 2 * static_cast<double>(in[0].shape.elements()) * static_cast<double>(reflections(in[0].shape));
}

std::optional<ir::BatchAxis> HouseholderQr::batch_axis(const ir::BatchArgs& args) const { return linalg::matrices_batch_axis(args); }

REGISTER_OP(HouseholderQr);

}  // namespace mindird::ops
