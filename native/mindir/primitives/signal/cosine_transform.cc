// The discrete cosine transform of type 2 and its inverse, of type 3, along some axes: products with a constant matrix. Real numbers alone; the Fourier
// transforms give complex ones.
//
//   forward:  y[k] = f(k) 2 Σ x[i] cos(π k (2i + 1) / (2n))       f by the normalisation: backward 1, forward 1/(2n), ortho 1/√(2n), at k = 0 1/√(4n)
//   inverse:  the matrix that undoes it
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/strings.h"
#include "mindir/primitives/creation/numbers.h"
#include "ops/linear/matmul.h"
#include "ops/movement/pad.h"

namespace mindird::mindir {
namespace {

/// Longest axis: its matrix has 8 MiB in double.
constexpr int64_t kLongest = 1024;

enum class Norm : uint8_t { kBackward, kForward, kOrtho };

double factor(Norm norm, int64_t k, int64_t n) {
  const auto size = static_cast<double>(n);
  switch (norm) {
    case Norm::kBackward: return 2;
    case Norm::kForward: return 1 / size;
    default: return std::sqrt((k == 0 ? 1 : 2) / size);
  }
}

/// Row i and column k of the matrix that rows of numbers are multiplied with. The orthonormal matrix is undone by its transpose, the others by what its
/// factors differ from those of it.
std::vector<double> matrix(Norm norm, int64_t n, bool inverse) {
  std::vector<double> out(static_cast<size_t>(n * n));
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t k = 0; k < n; ++k) {
      // The angle goes once around every 4 n steps; the remainder keeps it small.
      const double angle = std::numbers::pi * static_cast<double>(k * (2 * i + 1) % (4 * n)) / static_cast<double>(2 * n);
      const double ortho = factor(Norm::kOrtho, k, n);
      const double value = std::cos(angle) * (inverse ? ortho * ortho / factor(norm, k, n) : factor(norm, k, n));
      out[static_cast<size_t>(inverse ? k * n + i : i * n + k)] = value;
    }
  }
  return out;
}

/// x with the axis cut or filled up with zeros to n.
Result<ir::ValueId> fit(Call& call, ir::ValueId x, size_t axis, int64_t n) {
  const int64_t size = call.shape(x)[axis];
  if (size == n) return x;
  if (size > n) return call.slice(x, axis, 0, n);
  auto op = std::make_shared<ops::Pad>();
  op->before.assign(call.rank(x), 0);
  op->after.assign(call.rank(x), 0);
  op->after[axis] = n - size;
  return call.emit(std::move(op), {x});
}

struct Transform {
  Norm norm;
  bool inverse;
};

/// Along one axis, which goes to the end for the product and back.
Result<ir::ValueId> along(Call& call, ir::ValueId x, size_t axis, Transform how) {
  const int64_t n = call.shape(x)[axis];
  if (n < 1 || n > kLongest) return unsupported(str("a cosine transform of length ", n, ", want 1 to ", kLongest));
  std::vector<int64_t> perm(call.rank(x));
  std::iota(perm.begin(), perm.end(), 0);
  std::swap(perm[axis], perm.back());
  TRY_ASSIGN(ir::ValueId rows, call.transpose(x, perm));
  const std::vector<int64_t> dims = call.shape(rows).vector();
  TRY_ASSIGN(rows, call.reshape(rows, {call.shape(rows).elements() / n, n}));
  TRY_ASSIGN(const ir::ValueId weights, numbers(call, matrix(how.norm, n, how.inverse), {n, n}, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId product, call.emit(std::make_shared<ops::MatMul>(), {rows, weights}));
  TRY_ASSIGN(const ir::ValueId shaped, call.reshape(product, dims));
  return call.transpose(shaped, std::move(perm));
}

/// Without a normalisation MindSpore takes the orthonormal one.
Result<Norm> norm_of(const Call& call, size_t position) {
  TRY_ASSIGN(const int64_t given, call.choice("norm", position, {"backward", "forward", "ortho"}, 2));
  if (given < 0 || given > 2) return unsupported(str("norm is ", given, ", want 0, 1 or 2"));
  return static_cast<Norm>(given);
}

Result<ir::ValueId> input(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const int64_t type, call.integer("type", 1, 2));
  if (type != 2) return unsupported(str("a cosine transform of type ", type, ", want 2"));
  return is_floating(call.type(x).dtype) ? Result<ir::ValueId>(x) : call.cast(x, DType::kF32);
}

LowerFunction one_axis(bool inverse) {
  return [inverse](Call& call) -> Result<Item> {
    TRY_ASSIGN(ir::ValueId x, input(call));
    TRY_ASSIGN(const int64_t given, call.integer("axis", 3, -1));
    TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
    TRY_ASSIGN(const int64_t n, call.integer("n", 2, call.shape(x)[axis]));
    TRY_ASSIGN(const Norm norm, norm_of(call, 4));
    if (n < 1 || n > kLongest) return unsupported(str("a cosine transform of length ", n, ", want 1 to ", kLongest));
    TRY_ASSIGN(x, fit(call, x, axis, n));
    return call.result(along(call, x, axis, {norm, inverse}));
  };
}

/// Axes default to all, or to as many of the last as there are sizes.
LowerFunction many_axes(bool inverse) {
  return [inverse](Call& call) -> Result<Item> {
    TRY_ASSIGN(ir::ValueId x, input(call));
    TRY_ASSIGN(const auto sizes, call.integers("s", 2, std::vector<int64_t>()));
    TRY_ASSIGN(auto given, call.integers("axes", 3, std::vector<int64_t>()));
    TRY_ASSIGN(const Norm norm, norm_of(call, 4));
    if (given.empty()) {
      const size_t count = sizes.empty() ? call.rank(x) : sizes.size();
      for (size_t i = 0; i < count; ++i) given.push_back(static_cast<int64_t>(i) - static_cast<int64_t>(count));
    }
    if (!sizes.empty() && sizes.size() != given.size())
      return invalid_model(str("s has ", sizes.size(), " values, want one for each of ", given.size(), " axes"));
    for (size_t i = 0; i < given.size(); ++i) {
      TRY_ASSIGN(const size_t axis, call.axis(given[i], call.rank(x)));
      if (!sizes.empty() && (sizes[i] < 1 || sizes[i] > kLongest)) return unsupported(str("a cosine transform of length ", sizes[i], ", want 1 to ", kLongest));
      TRY_ASSIGN(x, fit(call, x, axis, sizes.empty() ? call.shape(x)[axis] : sizes[i]));
      TRY_ASSIGN(x, along(call, x, axis, {norm, inverse}));
    }
    return Item(Computed{x});
  };
}

REGISTER_PRIMITIVE(DCT, one_axis(false));
REGISTER_PRIMITIVE(IDCT, one_axis(true));
REGISTER_PRIMITIVE(DCTN, many_axes(false));
REGISTER_PRIMITIVE(IDCTN, many_axes(true));

}  // namespace
}  // namespace mindird::mindir
