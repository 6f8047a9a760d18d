// Factors are checked by what they are for: their products give the matrix back, orthogonal ones are orthogonal, solutions solve.
#include "ops/linalg/cholesky.h"
#include "ops/linalg/householder_product.h"
#include "ops/linalg/householder_qr.h"
#include "ops/linalg/lu_factor.h"
#include "ops/linalg/matrix.h"
#include "ops/linalg/pivots_to_permutation.h"
#include "ops/linalg/svd.h"
#include "ops/linalg/symmetric_eigen.h"
#include "ops/linalg/triangular_solve.h"
#include "ops/linalg/tridiagonal_solve.h"
#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;
using linalg::Matrix;

constexpr double kTolerance = 1e-11;
const double kNaN = std::numeric_limits<double>::quiet_NaN();

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix out(a.rows(), b.columns());
  for (int64_t i = 0; i < a.rows(); ++i) {
    for (int64_t j = 0; j < b.columns(); ++j) {
      for (int64_t k = 0; k < a.columns(); ++k) out(i, j) += a(i, k) * b(k, j);
    }
  }
  return out;
}

/// Deterministic numbers between -1 and 1.
Array random_matrices(const Shape& shape, uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::vector<double> values;
  for (int64_t i = 0; i < shape.elements(); ++i) values.push_back(static_cast<double>(random() % 2001) / 1000 - 1);
  return array<double>(shape, values);
}

/// The numbers of one operator's results.
std::vector<Array> apply(const ir::Op& op, const std::vector<Array>& in) {
  auto found = run(op, in);
  EXPECT_TRUE(found.ok()) << found.status().message();
  return found.ok() ? *found : std::vector<Array>(3);
}

Matrix matrix(const Array& a, int64_t i = 0) { return linalg::read(a.view(), i); }

void expect_identity(const Matrix& a) { expect_near(a.values(), Matrix::identity(a.rows(), a.columns()).values(), kTolerance); }

/// A A^T + 1 of random matrices.
Array positive_matrices(const Shape& shape) {
  const Array a = random_matrices(shape);
  std::vector<double> values;
  for (int64_t i = 0; i < linalg::count(a.view()); ++i) {
    Matrix p = product(matrix(a, i), matrix(a, i).transposed());
    for (int64_t k = 0; k < p.rows(); ++k) p(k, k) += 1;
    values.insert(values.end(), p.values().begin(), p.values().end());
  }
  return array<double>(shape, values);
}

TEST(Linalg, CholeskyGivesTheMatrixBack) {
  const Array a = positive_matrices({2, 5, 5});
  const auto l = apply(Cholesky(), {a});
  for (int64_t i = 0; i < 2; ++i) expect_near(product(matrix(l[0], i), matrix(l[0], i).transposed()).values(), matrix(a, i).values(), kTolerance);
  expect_output(run(Cholesky(), {array<double>({2, 2}, {4, kNaN, 2, 5})}), {2, 2}, {2, 0, 1, 2});
  expect_output(run(Cholesky(), {array<double>({2, 2}, {1, 2, 2, 1})}), {2, 2}, {1, 0, 2, kNaN});
  expect_output(run(Cholesky(), {array<double>({2, 2}, {0, 0, 1, 1})}), {2, 2}, {kNaN, 0, kNaN, kNaN});
}

TEST(Linalg, TriangularSolveSolves) {
  for (const bool lower : {false, true}) {
    for (const bool transpose : {false, true}) {
      for (const bool unit : {false, true}) {
        TriangularSolve op;
        op.lower = lower;
        op.transpose = transpose;
        op.unit_diagonal = unit;
        const Array b = random_matrices({2, 4, 3}, 5);
        const Array a = positive_matrices({2, 4, 4});
        const auto x = apply(op, {a, b});
        Matrix t = matrix(a, 1);
        for (int64_t i = 0; i < 4; ++i) {
          for (int64_t j = 0; j < 4; ++j) {
            if (i == j ? unit : (i < j) == lower) t(i, j) = i == j ? 1 : 0;
          }
        }
        expect_near(product(transpose ? t.transposed() : t, matrix(x[0], 1)).values(), matrix(b, 1).values(), kTolerance);
      }
    }
  }
}

TEST(Linalg, LuFactorsTheReorderedRows) {
  for (const Shape& shape : {Shape{4, 4}, Shape{5, 3}, Shape{3, 5}}) {
    const Array a = random_matrices(shape);
    const auto lu = apply(LuFactor(), {a});
    PivotsToPermutation order;
    order.size = shape[0];
    const auto rows = apply(order, {lu[1]});
    const int64_t k = std::min(shape[0], shape[1]);
    Matrix l = Matrix::identity(shape[0], k);
    Matrix u(k, shape[1]);
    const Matrix packed = matrix(lu[0]);
    for (int64_t i = 0; i < shape[0]; ++i) {
      for (int64_t j = 0; j < shape[1]; ++j) (j < i ? l(i, j) : u(i, j)) = packed(i, j);
    }
    const Matrix found = product(l, u);
    for (int64_t i = 0; i < shape[0]; ++i) {
      const int64_t from = rows[0].values<int32_t>()[static_cast<size_t>(i)];
      for (int64_t j = 0; j < shape[1]; ++j) EXPECT_NEAR(found(i, j), matrix(a)(from, j), kTolerance);
    }
  }
}

TEST(Linalg, LuOfASingularMatrixHasAZero) {
  const auto lu = apply(LuFactor(), {array<double>({2, 2}, {1, 2, 2, 4})});
  expect_near(reals(lu[0]), {2, 4, 0.5, 0}, kTolerance);
  expect_near(reals(apply(LuFactor(), {array<double>({2, 2}, {0, 1, 0, 1})})[0]), {0, 1, 0, 1}, kTolerance);
}

TEST(Linalg, PivotsOutsideAreAnError) {
  PivotsToPermutation op;
  op.size = 3;
  EXPECT_EQ(run(op, {array<int32_t>({2}, {0, 3})}).status().message(), "pivot 1 is 3, want 0 to 2");
  EXPECT_FALSE(run(op, {array<int32_t>({1}, {-1})}).ok());
  EXPECT_FALSE(run(op, {array<int32_t>({4}, {0, 0, 0, 0})}).ok());
  expect_output(run(op, {array<int32_t>({2, 2}, {1, 2, 2, 2})}), {2, 3}, {1, 2, 0, 2, 0, 1});
}

TEST(Linalg, HouseholderFactorsAreOrthogonal) {
  for (const Shape& shape : {Shape{4, 4}, Shape{5, 3}, Shape{3, 5}}) {
    const Array a = random_matrices(shape);
    const auto qr = apply(HouseholderQr(), {a});
    HouseholderProduct all;
    all.columns = shape[0];
    const Matrix q = matrix(apply(all, {qr[0], qr[1]})[0]);
    expect_identity(product(q.transposed(), q));
    Matrix r = matrix(qr[0]);
    for (int64_t i = 0; i < r.rows(); ++i) {
      for (int64_t j = 0; j < std::min(i, r.columns()); ++j) r(i, j) = 0;
    }
    expect_near(product(q, r).values(), matrix(a).values(), kTolerance);
  }
}

TEST(Linalg, HouseholderOfZerosIsTheIdentity) {
  const auto qr = apply(HouseholderQr(), {array<double>({3, 2}, {2, 1, 0, 0, 0, 0})});
  expect_near(reals(qr[1]), {0, 0}, 0);
  HouseholderProduct op;
  op.columns = 4;
  EXPECT_FALSE(run(op, {qr[0], qr[1]}).ok());
}

TEST(Linalg, SymmetricEigenvectorsDiagonalise) {
  const Array a = positive_matrices({2, 6, 6});
  const auto eigen = apply(SymmetricEigen(), {a});
  for (int64_t i = 0; i < 2; ++i) {
    const Matrix v = matrix(eigen[1], i);
    expect_identity(product(v.transposed(), v));
    Matrix scaled = v;
    for (int64_t k = 0; k < 6; ++k) {
      const double w = reals(eigen[0])[static_cast<size_t>(i * 6 + k)];
      if (k > 0) {
        EXPECT_GE(w, reals(eigen[0])[static_cast<size_t>(i * 6 + k - 1)]);
      }
      for (int64_t r = 0; r < 6; ++r) scaled(r, k) *= w;
    }
    expect_near(product(scaled, v.transposed()).values(), matrix(a, i).values(), kTolerance);
  }
}

TEST(Linalg, SymmetricEigenOfSpecialMatrices) {
  // Equal values, a zero diagonal, sizes far apart, and the triangle that is not read.
  expect_near(reals(apply(SymmetricEigen(), {array<double>({2, 2}, {0, kNaN, 1, 0})})[0]), {-1, 1}, kTolerance);
  expect_near(reals(apply(SymmetricEigen(), {array<double>({3, 3}, {2, 0, 0, 0, 2, 0, 0, 0, 2})})[0]), {2, 2, 2}, 0);
  expect_near(reals(apply(SymmetricEigen(), {array<double>({2, 2}, {1e-150, 0, 1e-151, 2e-150})})[0]), {0.99009804864072e-150, 2.0099019513593e-150}, 1e-160);
  expect_near(reals(apply(SymmetricEigen(), {array<double>({2, 2}, {1, 0, kNaN, 1})})[0]), {kNaN, kNaN}, 0);
}

void expect_singular(const Array& a, bool full) {
  Svd op;
  op.full_matrices = full;
  const auto found = apply(op, {a});
  const Matrix u = matrix(found[1]);
  const Matrix v = matrix(found[2]);
  expect_identity(product(u.transposed(), u));
  expect_identity(product(v.transposed(), v));
  const auto s = reals(found[0]);
  EXPECT_TRUE(std::is_sorted(s.rbegin(), s.rend()));
  Matrix scaled(u.rows(), static_cast<int64_t>(s.size()));
  Matrix right(v.rows(), static_cast<int64_t>(s.size()));
  for (int64_t k = 0; k < scaled.columns(); ++k) {
    for (int64_t i = 0; i < scaled.rows(); ++i) scaled(i, k) = u(i, k) * s[static_cast<size_t>(k)];
    for (int64_t i = 0; i < right.rows(); ++i) right(i, k) = v(i, k);
  }
  expect_near(product(scaled, right.transposed()).values(), matrix(a).values(), kTolerance);
}

TEST(Linalg, SingularVectorsGiveTheMatrixBack) {
  for (const bool full : {false, true}) {
    for (const Shape& shape : {Shape{4, 4}, Shape{5, 3}, Shape{3, 5}, Shape{1, 3}}) expect_singular(random_matrices(shape), full);
    expect_singular(array<double>({3, 3}, {1, 2, 3, 2, 4, 6, 3, 6, 9}), full);  // rank 1
    expect_singular(array<double>({3, 2}, {0, 0, 0, 0, 0, 0}), full);
  }
  expect_near(reals(apply(Svd(), {array<double>({2, 2}, {3e200, 0, 0, 4e200})})[0]), {4e200, 3e200}, kTolerance);
  expect_near(reals(apply(Svd(), {array<double>({1, 2}, {kNaN, 0})})[0]), {kNaN}, 0);
}

TEST(Linalg, TridiagonalSystemsAreSolved) {
  for (const bool pivoting : {false, true}) {
    TridiagonalSolve op;
    op.partial_pivoting = pivoting;
    // Zero first pivot only with exchanges.
    const Array t = array<double>({3, 4}, {1, 2, 3, 99, pivoting ? 0.0 : 4.0, 5, 1, 7, 99, 6, 8, 2});
    const Array b = random_matrices({4, 2});
    const Matrix d = matrix(t);
    Matrix full(4, 4);
    for (int64_t i = 0; i < 4; ++i) {
      full(i, i) = d(1, i);
      if (i < 3) full(i, i + 1) = d(0, i);
      if (i > 0) full(i, i - 1) = d(2, i);
    }
    expect_near(product(full, matrix(apply(op, {t, b})[0])).values(), matrix(b).values(), kTolerance);
  }
}

TEST(Linalg, ShorterTypesAndEmptyMatrices) {
  expect_output(run(Cholesky(), {array_of<float>({1, 1}, {2})}), {1, 1}, {1.41421356}, 1e-7);
  for (const Shape& shape : {Shape{0, 3, 3}, Shape{2, 0, 0}}) {
    EXPECT_TRUE(run(Cholesky(), {counted<double>(shape)}).ok());
    EXPECT_TRUE(run(LuFactor(), {counted<double>(shape)}).ok());
    EXPECT_TRUE(run(HouseholderQr(), {counted<double>(shape)}).ok());
    EXPECT_TRUE(run(SymmetricEigen(), {counted<double>(shape)}).ok());
    EXPECT_TRUE(run(Svd(), {counted<double>(shape)}).ok());
  }
  EXPECT_TRUE(run(Svd(), {counted<double>({0, 3})}).ok());
}

TEST(Linalg, RefusesWhatIsNoMatrix) {
  EXPECT_EQ(run(Cholesky(), {counted<double>({2, 3})}).status().message(), "input 0 is f64[2,3], want square matrices");
  EXPECT_FALSE(run(Cholesky(), {counted<double>({3})}).ok());
  EXPECT_FALSE(run(Cholesky(), {counted<int32_t>({3, 3})}).ok());
  EXPECT_FALSE(run(TriangularSolve(), {counted<double>({3, 3}), counted<double>({2, 1})}).ok());
  EXPECT_FALSE(run(TriangularSolve(), {counted<double>({2, 3, 3}), counted<double>({3, 1})}).ok());
  EXPECT_FALSE(run(TridiagonalSolve(), {counted<double>({2, 3}), counted<double>({3, 1})}).ok());
}

TEST(Linalg, BatchAxes) {
  const Array a = random_matrices({3, 6, 2, 2});
  EXPECT_GT(count_batch_placements(Cholesky(), {positive_matrices({3, 6, 2, 2})}), 1);
  EXPECT_GT(count_batch_placements(LuFactor(), {a}), 1);
  EXPECT_GT(count_batch_placements(HouseholderQr(), {a}), 1);
  EXPECT_GT(count_batch_placements(SymmetricEigen(), {a}), 1);
  EXPECT_GT(count_batch_placements(Svd(), {a}), 1);
  EXPECT_GT(count_batch_placements(TriangularSolve(), {a, a}), 1);
  EXPECT_GT(count_batch_placements(TridiagonalSolve(), {random_matrices({3, 3, 2}), random_matrices({3, 2, 1})}), 0);
  HouseholderProduct op;
  op.columns = 2;
  EXPECT_GT(count_batch_placements(op, {a, random_matrices({3, 6, 1})}), 1);
}

}  // namespace
}  // namespace mindird::ops
