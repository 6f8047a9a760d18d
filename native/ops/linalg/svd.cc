// The one-sided method of Jacobi: plane rotations of the columns of A until they are orthogonal; their lengths are the singular values, their directions U, and
// the product of the rotations V (G. Golub and C. Van Loan, Matrix Computations, 8.6.3). A wide matrix is transposed first. Columns of U that belong to zeros,
// and those that make it square, are completed by Gram-Schmidt from unit vectors.
#include "ops/linalg/svd.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ops/linalg/matrix.h"

namespace mindird::ops {
namespace {

using linalg::Matrix;

constexpr int kMostColumnSweeps = 60;
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

struct Factors {
  std::vector<double> s;
  Matrix u;
  Matrix v;
};

double dot(const Matrix& a, int64_t p, int64_t q) {
  double sum = 0;
  for (int64_t i = 0; i < a.rows(); ++i) sum += a(i, p) * a(i, q);
  return sum;
}

void turn(Matrix& a, int64_t p, int64_t q, double c, double s) {
  for (int64_t i = 0; i < a.rows(); ++i) {
    const double old = a(i, p);
    a(i, p) = c * old - s * a(i, q);
    a(i, q) = s * old + c * a(i, q);
  }
}

/// Makes columns p and q orthogonal; false when they are.
bool rotate_columns(Matrix& a, Matrix& v, int64_t p, int64_t q) {
  const double pp = dot(a, p, p);
  const double qq = dot(a, q, q);
  const double pq = dot(a, p, q);
  if (std::abs(pq) <= kEpsilon * std::sqrt(pp) * std::sqrt(qq) || std::abs(pq) < std::numeric_limits<double>::min()) return false;
  const double theta = (qq - pp) / (2 * pq);
  const double t = std::copysign(1, theta) / (std::abs(theta) + std::hypot(theta, 1));
  const double c = 1 / std::hypot(t, 1);
  turn(a, p, q, c, t * c);
  turn(v, p, q, c, t * c);
  return true;
}

/// Takes from column j what lies along the columns before it, twice for rounding's sake, and gives the length of the rest.
double orthogonalise(Matrix& u, int64_t j) {
  for (int round = 0; round < 2; ++round) {
    for (int64_t k = 0; k < j; ++k) {
      const double along = dot(u, k, j);
      for (int64_t i = 0; i < u.rows(); ++i) u(i, j) -= along * u(i, k);
    }
  }
  return std::sqrt(dot(u, j, j));
}

/// Columns from `first` on become unit vectors orthogonal to all before.
void complete(Matrix& u, int64_t first) {
  int64_t candidate = 0;
  for (int64_t j = first; j < u.columns(); ++j) {
    double length = 0;
    // Of n unit vectors not all can lie in the span of fewer than n columns.
    for (; candidate < u.rows() && length < 0.5 / std::sqrt(static_cast<double>(u.rows())); ++candidate) {
      for (int64_t i = 0; i < u.rows(); ++i) u(i, j) = i == candidate ? 1 : 0;
      length = orthogonalise(u, j);
    }
    for (int64_t i = 0; i < u.rows(); ++i) u(i, j) /= length;
  }
}

/// For m ≥ n: U [m, width], V [n, n].
Factors decompose_tall(Matrix a, int64_t width) {
  const int64_t n = a.columns();
  Matrix v = Matrix::identity(n, n);
  bool moved = true;
  for (int sweep = 0; moved && sweep < kMostColumnSweeps; ++sweep) {
    moved = false;
    for (int64_t p = 0; p < n; ++p) {
      for (int64_t q = p + 1; q < n; ++q) moved = rotate_columns(a, v, p, q) || moved;
    }
  }
  std::vector<double> lengths;
  for (int64_t j = 0; j < n; ++j) lengths.push_back(std::sqrt(dot(a, j, j)));
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](int64_t i, int64_t j) { return lengths[static_cast<size_t>(i)] > lengths[static_cast<size_t>(j)]; });
  Factors out{{}, Matrix(a.rows(), width), Matrix(n, n)};
  int64_t rank = 0;
  for (int64_t j = 0; j < n; ++j) {
    const int64_t from = order[static_cast<size_t>(j)];
    const double s = lengths[static_cast<size_t>(from)];
    out.s.push_back(s);
    for (int64_t i = 0; i < n; ++i) out.v(i, j) = v(i, from);
    if (s <= lengths[static_cast<size_t>(order[0])] * kEpsilon) continue;
    for (int64_t i = 0; i < a.rows(); ++i) out.u(i, j) = a(i, from) / s;
    rank = j + 1;
  }
  complete(out.u, rank);
  return out;
}

/// Numbers near the ends of double would overflow when squared; a power of two brings them to size 1.
double scale_of(const Matrix& a) {
  double largest = 0;
  for (const double x : a.values()) largest = std::max(largest, std::abs(x));
  return largest == 0 ? 1 : std::ldexp(1.0, std::ilogb(largest));
}

Factors decompose(Matrix a, bool full) {
  const int64_t k = std::min(a.rows(), a.columns());
  if (!std::ranges::all_of(a.values(), [](double x) { return std::isfinite(x); })) {
    Factors out{std::vector<double>(static_cast<size_t>(k)), Matrix(a.rows(), full ? a.rows() : k), Matrix(a.columns(), full ? a.columns() : k)};
    for (auto* values : {&out.s, &out.u.values(), &out.v.values()}) std::ranges::fill(*values, std::numeric_limits<double>::quiet_NaN());
    return out;
  }
  const double scale = scale_of(a);
  for (double& x : a.values()) x /= scale;
  const bool wide = a.rows() < a.columns();
  Factors out = decompose_tall(wide ? a.transposed() : a, full ? std::max(a.rows(), a.columns()) : k);
  for (double& s : out.s) s *= scale;
  if (wide) std::swap(out.u, out.v);
  return out;
}

}  // namespace

void Svd::attributes(ir::AttributeVisitor& v) { v.field("full_matrices", full_matrices); }

Result<ir::Types> Svd::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(linalg::expect_matrices(in, 0, false));
  const Shape& x = in[0].shape;
  const int64_t m = x[x.rank() - 2];
  const int64_t n = x[x.rank() - 1];
  const int64_t k = std::min(m, n);
  TRY_ASSIGN(const ir::Types s, one_output({in[0].dtype, linalg::with_last(x, 2, {k})}));
  TRY_ASSIGN(const ir::Types u, one_output({in[0].dtype, linalg::with_last(x, 2, {m, full_matrices ? m : k})}));
  TRY_ASSIGN(const ir::Types v, one_output({in[0].dtype, linalg::with_last(x, 2, {n, full_matrices ? n : k})}));
  return ir::Types{s[0], u[0], v[0]};
}

Status Svd::evaluate(const ir::EvalArgs& args) const {
  for (int64_t i = 0; i < linalg::count(args.inputs[0]); ++i) {
    const Factors f = decompose(linalg::read(args.inputs[0], i), full_matrices);
    linalg::write(f.s, args.outputs[0], i);
    linalg::write(f.u.values(), args.outputs[1], i);
    linalg::write(f.v.values(), args.outputs[2], i);
  }
  return {};
}

/// Ten sweeps of k²/2 rotations of 7 multiply-adds for each row.
double Svd::cost(std::span<const TensorType> in, std::span<const TensorType> out) const {
  const Shape& s = out[0].shape;
  const Shape& u = out[1].shape;
  return 35 * static_cast<double>(in[0].shape.elements()) * static_cast<double>(s[s.rank() - 1]) +
         static_cast<double>(out[1].shape.elements()) * static_cast<double>(full_matrices ? u[u.rank() - 1] : 0);
}

std::optional<ir::BatchAxis> Svd::batch_axis(const ir::BatchArgs& args) const { return linalg::matrices_batch_axis(args); }

REGISTER_OP(Svd);

}  // namespace mindird::ops
