// What the operators of linear algebra share: the matrices in the last two dims of a tensor, read into double and written back, and the checks and the batch
// rule of operators that treat each matrix alone.
#pragma once

#include <vector>

#include "ops/support.h"

namespace mindird::ops::linalg {

/// A matrix in row-major order.
class Matrix {
 public:
  Matrix(int64_t rows, int64_t columns) : rows_(rows), columns_(columns), values_(static_cast<size_t>(rows * columns)) {}
  static Matrix identity(int64_t rows, int64_t columns);

  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }
  double& operator()(int64_t row, int64_t column) { return values_[static_cast<size_t>(row * columns_ + column)]; }
  double operator()(int64_t row, int64_t column) const { return values_[static_cast<size_t>(row * columns_ + column)]; }
  std::vector<double>& values() { return values_; }
  const std::vector<double>& values() const { return values_; }
  Matrix transposed() const;
  void swap_rows(int64_t a, int64_t b);

 private:
  int64_t rows_;
  int64_t columns_;
  std::vector<double> values_;
};

/// How many matrices (or, with `dims` 1, vectors) lie in the last dims of a tensor.
int64_t count(const Tensor& tensor, size_t dims = 2);
/// Matrix i of a floating tensor.
Matrix read(const Tensor& tensor, int64_t i);
/// Vector i of the last dim of a floating tensor, as a matrix of one column.
Matrix read_vector(const Tensor& tensor, int64_t i);
/// Fills the i-th stretch of values.size() elements of a floating tensor.
void write(const std::vector<double>& values, const Tensor& tensor, int64_t i);

/// Input i holds matrices of a floating type; square ones where asked for.
Status expect_matrices(std::span<const TensorType> in, size_t i, bool square);
/// The dims before the last `dims` of input i are those before the last two of input 0.
Status expect_same_batch(std::span<const TensorType> in, size_t i, size_t dims = 2);
/// The shape of a type with its last `dims` dims replaced.
Shape with_last(const Shape& shape, size_t dims, std::initializer_list<int64_t> last);

/// Each matrix alone makes its results: the batch may lie in any dim before those of the matrices, the same in all inputs.
std::optional<ir::BatchAxis> matrices_batch_axis(const ir::BatchArgs& args);

}  // namespace mindird::ops::linalg
