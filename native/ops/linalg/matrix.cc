#include "ops/linalg/matrix.h"

#include <algorithm>

namespace mindird::ops::linalg {
namespace {

std::vector<double> read_stretch(const Tensor& tensor, size_t begin, size_t size) {
  std::vector<double> out;
  out.reserve(size);
  // The operators admit floating types alone, hence the dispatch cannot fail; so in write.
  static_cast<void>(dispatch_floating(tensor.dtype(), [&]<class T>() {
    for (T v : tensor.as<const T>().subspan(begin, size)) out.push_back(widen(v));
  }));
  return out;
}

}  // namespace

Matrix Matrix::identity(int64_t rows, int64_t columns) {
  Matrix out(rows, columns);
  for (int64_t i = 0; i < std::min(rows, columns); ++i) out(i, i) = 1;
  return out;
}

Matrix Matrix::transposed() const {
  Matrix out(columns_, rows_);
  for (int64_t i = 0; i < rows_; ++i) {
    for (int64_t j = 0; j < columns_; ++j) out(j, i) = (*this)(i, j);
  }
  return out;
}

void Matrix::swap_rows(int64_t a, int64_t b) {
  for (int64_t j = 0; j < columns_; ++j) std::swap((*this)(a, j), (*this)(b, j));
}

int64_t count(const Tensor& tensor, size_t dims) {
  int64_t n = 1;
  for (size_t d = 0; d + dims < tensor.shape().rank(); ++d) n *= tensor.shape()[d];
  return n;
}

Matrix read(const Tensor& tensor, int64_t i) {
  const size_t rank = tensor.shape().rank();
  Matrix out(tensor.shape()[rank - 2], tensor.shape()[rank - 1]);
  const size_t size = out.values().size();
  out.values() = read_stretch(tensor, static_cast<size_t>(i) * size, size);
  return out;
}

Matrix read_vector(const Tensor& tensor, int64_t i) {
  Matrix out(tensor.shape()[tensor.shape().rank() - 1], 1);
  const size_t size = out.values().size();
  out.values() = read_stretch(tensor, static_cast<size_t>(i) * size, size);
  return out;
}

void write(const std::vector<double>& values, const Tensor& tensor, int64_t i) {
  static_cast<void>(dispatch_floating(tensor.dtype(), [&]<class T>() {
    const auto to = tensor.as<T>().subspan(static_cast<size_t>(i) * values.size(), values.size());
    std::transform(values.begin(), values.end(), to.begin(), [](double v) { return narrow<T>(v); });
  }));
}

Status expect_matrices(std::span<const TensorType> in, size_t i, bool square) {
  TRY(expect_known(in));
  TRY(expect_floating(in, i));
  TRY(expect_rank(in, i, 2));
  const Shape& x = in[i].shape;
  if (square && x[x.rank() - 1] != x[x.rank() - 2]) return invalid_argument(str("input ", i, " is ", in[i].text(), ", want square matrices"));
  return {};
}

Status expect_same_batch(std::span<const TensorType> in, size_t i, size_t dims) {
  const auto batch = [](const Shape& shape, size_t last) { return shape.dims().first(shape.rank() - last); };
  TRY(expect_rank(in, i, dims));
  if (std::ranges::equal(batch(in[0].shape, 2), batch(in[i].shape, dims))) return {};
  return invalid_argument(str("input ", i, " is ", in[i].text(), ", want as many of them as of input 0, ", in[0].text()));
}

Shape with_last(const Shape& shape, size_t dims, std::initializer_list<int64_t> last) {
  std::vector<int64_t> out(shape.begin(), shape.end() - static_cast<std::ptrdiff_t>(dims));
  out.insert(out.end(), last);
  return Shape(std::move(out));
}

std::optional<ir::BatchAxis> matrices_batch_axis(const ir::BatchArgs& args) {
  if (none_batched(args)) return ir::BatchAxis{};
  const ir::BatchAxis first = args.axes[0];
  const bool alike = std::all_of(args.axes.begin(), args.axes.end(), [&](const ir::BatchAxis& axis) { return axis == first; });
  if (!alike || first.axis + 2 >= static_cast<int64_t>(args.inputs[0].shape.rank())) return std::nullopt;
  return first;
}

}  // namespace mindird::ops::linalg
