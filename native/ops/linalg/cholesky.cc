// Column by column (G. Golub and C. Van Loan, Matrix Computations, 4.2).
#include "ops/linalg/cholesky.h"

#include <cmath>
#include <limits>

#include "ops/linalg/matrix.h"

namespace mindird::ops {
namespace {

using linalg::Matrix;

Matrix factor(const Matrix& a) {
  const int64_t n = a.rows();
  Matrix l(n, n);
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = j; i < n; ++i) {
      double rest = a(i, j);
      for (int64_t k = 0; k < j; ++k) rest -= l(i, k) * l(j, k);
      // A pivot that is not positive has no root, or divides what follows by zero; both spread NaN.
      l(i, j) = i == j ? (rest > 0 ? std::sqrt(rest) : std::numeric_limits<double>::quiet_NaN()) : rest / l(j, j);
    }
  }
  return l;
}

}  // namespace

Result<ir::Types> Cholesky::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(linalg::expect_matrices(in, 0, true));
  return one_output(in[0]);
}

Status Cholesky::evaluate(const ir::EvalArgs& args) const {
  for (int64_t i = 0; i < linalg::count(args.inputs[0]); ++i) linalg::write(factor(linalg::read(args.inputs[0], i)).values(), args.outputs[0], i);
  return {};
}

double Cholesky::cost(std::span<const TensorType> in, std::span<const TensorType>) const {
  const Shape& x = in[0].shape;
  return static_cast<double>(x.elements()) * static_cast<double>(x[x.rank() - 1]) / 6;
}

std::optional<ir::BatchAxis> Cholesky::batch_axis(const ir::BatchArgs& args) const { return linalg::matrices_batch_axis(args); }

REGISTER_OP(Cholesky);

}  // namespace mindird::ops
