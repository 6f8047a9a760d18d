// The reflections are applied to the columns of the identity, the last one first (G. Golub and C. Van Loan, Matrix Computations, 5.1.6).
#include "ops/linalg/householder_product.h"

#include "ops/linalg/matrix.h"

namespace mindird::ops {
namespace {

using linalg::Matrix;

Matrix product(const Matrix& packed, const Matrix& tau, int64_t columns) {
  Matrix q = Matrix::identity(packed.rows(), columns);
  for (int64_t step = tau.rows(); step-- > 0;) {
    for (int64_t j = 0; j < columns; ++j) {
      double along = q(step, j);
      for (int64_t i = step + 1; i < q.rows(); ++i) along += packed(i, step) * q(i, j);
      along *= tau(step, 0);
      q(step, j) -= along;
      for (int64_t i = step + 1; i < q.rows(); ++i) q(i, j) -= along * packed(i, step);
    }
  }
  return q;
}

}  // namespace

void HouseholderProduct::attributes(ir::AttributeVisitor& v) { v.field("columns", columns); }

Result<ir::Types> HouseholderProduct::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2));
  TRY(expect_same_dtype(in));
  TRY(linalg::expect_matrices(in, 0, false));
  TRY(linalg::expect_same_batch(in, 1, 1));
  const Shape& packed = in[0].shape;
  const int64_t rows = packed[packed.rank() - 2];
  const int64_t reflections = in[1].shape[in[1].shape.rank() - 1];
  if (reflections > rows || reflections > packed[packed.rank() - 1]) {
    return invalid_argument(str("input 1 is ", in[1].text(), ", want at most as many reflections as rows and columns of ", in[0].text()));
  }
  if (columns < 0 || columns > rows) return invalid_argument(str("columns is ", columns, ", want 0 to ", rows));
  return one_output({in[0].dtype, linalg::with_last(packed, 1, {columns})});
}

Status HouseholderProduct::evaluate(const ir::EvalArgs& args) const {
  for (int64_t i = 0; i < linalg::count(args.inputs[0]); ++i) {
    linalg::write(product(linalg::read(args.inputs[0], i), linalg::read_vector(args.inputs[1], i), columns).values(), args.outputs[0], i);
  }
  return {};
}

double HouseholderProduct::cost(std::span<const TensorType> in, std::span<const TensorType> out) const {
  return 2 * static_cast<double>(out[0].shape.elements()) * static_cast<double>(in[1].shape[in[1].shape.rank() - 1]);
}

std::optional<ir::BatchAxis> HouseholderProduct::batch_axis(const ir::BatchArgs& args) const { return linalg::matrices_batch_axis(args); }

REGISTER_OP(HouseholderProduct);

}  // namespace mindird::ops
