#include "ops/linalg/triangular_solve.h"

#include "ops/linalg/matrix.h"

namespace mindird::ops {
namespace {

using linalg::Matrix;

/// Forward or backward substitution. The transpose of a lower triangle is an upper one.
void substitute(const TriangularSolve& op, const Matrix& a, Matrix& x) {
  const int64_t n = a.rows();
  const bool forward = op.lower != op.transpose;
  const auto element = [&](int64_t i, int64_t j) { return op.transpose ? a(j, i) : a(i, j); };
  for (int64_t step = 0; step < n; ++step) {
    const int64_t i = forward ? step : n - 1 - step;
    for (int64_t known = 0; known < step; ++known) {
      const int64_t j = forward ? known : n - 1 - known;
      for (int64_t k = 0; k < x.columns(); ++k) x(i, k) -= element(i, j) * x(j, k);
    }
    if (op.unit_diagonal) continue;
    for (int64_t k = 0; k < x.columns(); ++k) x(i, k) /= element(i, i);
  }
}

}  // namespace

void TriangularSolve::attributes(ir::AttributeVisitor& v) {
  v.field("lower", lower);
  v.field("transpose", transpose);
  v.field("unit_diagonal", unit_diagonal);
}

Result<ir::Types> TriangularSolve::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2));
  TRY(expect_same_dtype(in));
  TRY(linalg::expect_matrices(in, 0, true));
  TRY(linalg::expect_matrices(in, 1, false));
  TRY(linalg::expect_same_batch(in, 1));
  const Shape& a = in[0].shape;
  if (in[1].shape[a.rank() - 2] != a[a.rank() - 1]) return invalid_argument(str("input 1 is ", in[1].text(), ", want as many rows as those of ", in[0].text()));
  return one_output(in[1]);
}

Status TriangularSolve::evaluate(const ir::EvalArgs& args) const {
  for (int64_t i = 0; i < linalg::count(args.inputs[0]); ++i) {
    Matrix x = linalg::read(args.inputs[1], i);
    substitute(*this, linalg::read(args.inputs[0], i), x);
    linalg::write(x.values(), args.outputs[0], i);
  }
  return {};
}

double TriangularSolve::cost(std::span<const TensorType> in, std::span<const TensorType> out) const {
  return static_cast<double>(out[0].shape.elements()) * static_cast<double>(in[0].shape[in[0].shape.rank() - 1]) / 2;
}

std::optional<ir::BatchAxis> TriangularSolve::batch_axis(const ir::BatchArgs& args) const { return linalg::matrices_batch_axis(args); }

REGISTER_OP(TriangularSolve);

}  // namespace mindird::ops
