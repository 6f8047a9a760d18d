// The cyclic method of Jacobi: plane rotations make one off-diagonal element after the other zero until all are (G. Golub and C. Van Loan, Matrix
// Computations, 8.5).
#include "ops/linalg/symmetric_eigen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ops/linalg/matrix.h"

namespace mindird::ops {
namespace {

using linalg::Matrix;

/// Jacobi's method converges quadratically; matrices of any size in use need ten or so.
constexpr int kMostSweeps = 60;

/// A full symmetric matrix from one triangle.
Matrix symmetric(const Matrix& a, bool lower) {
  Matrix out(a.rows(), a.rows());
  for (int64_t i = 0; i < a.rows(); ++i) {
    for (int64_t j = 0; j <= i; ++j) out(i, j) = out(j, i) = lower ? a(i, j) : a(j, i);
  }
  return out;
}

/// Rotates rows and columns p and q so that a(p, q) becomes 0; false when it is already as good as that.
bool rotate(Matrix& a, Matrix& v, int64_t p, int64_t q) {
  const double off = a(p, q);
  if (std::abs(off) <= std::numeric_limits<double>::epsilon() / 4 * std::sqrt(std::abs(a(p, p))) * std::sqrt(std::abs(a(q, q))) ||
      std::abs(off) < std::numeric_limits<double>::min())
    return false;
  const double theta = (a(q, q) - a(p, p)) / (2 * off);
  const double t = std::copysign(1, theta) / (std::abs(theta) + std::hypot(theta, 1));
  const double c = 1 / std::hypot(t, 1);
  const double s = t * c;
  const auto turn = [c, s](double& x, double& y) {
    const double old = x;
    x = c * old - s * y;
    y = s * old + c * y;
  };
  for (int64_t k = 0; k < a.rows(); ++k) turn(a(k, p), a(k, q));
  for (int64_t k = 0; k < a.rows(); ++k) turn(a(p, k), a(q, k));
  for (int64_t k = 0; k < a.rows(); ++k) turn(v(k, p), v(k, q));
  a(p, q) = a(q, p) = 0;
  return true;
}

struct Eigen {
  std::vector<double> values;
  Matrix vectors;
};

Eigen decompose(Matrix a) {
  const int64_t n = a.rows();
  Eigen out{std::vector<double>(static_cast<size_t>(n)), Matrix(n, n)};
  if (!std::ranges::all_of(a.values(), [](double x) { return std::isfinite(x); })) {
    std::ranges::fill(out.values, std::numeric_limits<double>::quiet_NaN());
    std::ranges::fill(out.vectors.values(), std::numeric_limits<double>::quiet_NaN());
    return out;
  }
  Matrix v = Matrix::identity(n, n);
  bool moved = true;
  for (int sweep = 0; moved && sweep < kMostSweeps; ++sweep) {
    moved = false;
    for (int64_t p = 0; p < n; ++p) {
      for (int64_t q = p + 1; q < n; ++q) moved = rotate(a, v, p, q) || moved;
    }
  }
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](int64_t i, int64_t j) { return a(i, i) < a(j, j); });
  for (int64_t k = 0; k < n; ++k) {
    const int64_t from = order[static_cast<size_t>(k)];
    out.values[static_cast<size_t>(k)] = a(from, from);
    for (int64_t i = 0; i < n; ++i) out.vectors(i, k) = v(i, from);
  }
  return out;
}

}  // namespace

void SymmetricEigen::attributes(ir::AttributeVisitor& v) { v.field("lower", lower); }

Result<ir::Types> SymmetricEigen::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(linalg::expect_matrices(in, 0, true));
  const Shape& x = in[0].shape;
  return ir::Types{{in[0].dtype, linalg::with_last(x, 2, {x[x.rank() - 1]})}, in[0]};
}

Status SymmetricEigen::evaluate(const ir::EvalArgs& args) const {
  for (int64_t i = 0; i < linalg::count(args.inputs[0]); ++i) {
    const Eigen eigen = decompose(symmetric(linalg::read(args.inputs[0], i), lower));
    linalg::write(eigen.values, args.outputs[0], i);
    linalg::write(eigen.vectors.values(), args.outputs[1], i);
  }
  return {};
}

/// Ten sweeps of n²/2 rotations of 6n multiply-adds.
double SymmetricEigen::cost(std::span<const TensorType> in, std::span<const TensorType>) const {
  return 30 * static_cast<double>(in[0].shape.elements()) * static_cast<double>(in[0].shape[in[0].shape.rank() - 1]);
}

std::optional<ir::BatchAxis> SymmetricEigen::batch_axis(const ir::BatchArgs& args) const { return linalg::matrices_batch_axis(args); }

REGISTER_OP(SymmetricEigen);

}  // namespace mindird::ops
