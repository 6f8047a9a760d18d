// Rows and columns are independent of each other: each is one product with a matrix [new size, old size] of at most four weights a row.
// Formula: R. Keys, "Cubic convolution interpolation for digital image processing", 1981.
#include "mindir/primitives/image/cubic.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "mindir/primitives/creation/numbers.h"
#include "ops/linear/matmul.h"

namespace mindird::mindir {
namespace {

/// The kernel at distance d in [0, 2].
double kernel(double a, double d) { return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; }

double position_in_old(int64_t o, int64_t from, int64_t to, bool align_corners) {
  const auto place = static_cast<double>(o);
  if (align_corners) return to > 1 ? place * static_cast<double>(from - 1) / static_cast<double>(to - 1) : 0;
  return (place + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5;
}

Result<ir::ValueId> weights(Call& call, int64_t from, int64_t to, bool align_corners, double a, DType dtype) {
  if (from < 1 || to < 1 || to > kMaxCreated / from) return unsupported(str("a size of ", from, " made ", to));
  std::vector<double> values(static_cast<size_t>(from * to), 0.0);
  for (int64_t o = 0; o < to; ++o) {
    const double position = position_in_old(o, from, to, align_corners);
    const auto below = static_cast<int64_t>(std::floor(position));
    for (int64_t i = below - 1; i <= below + 2; ++i) {
      const int64_t at = std::clamp<int64_t>(i, 0, from - 1);
      values[static_cast<size_t>(o * from + at)] += kernel(a, std::abs(position - static_cast<double>(i)));
    }
  }
  return numbers(call, values, {to, from}, dtype);
}

}  // namespace

Result<ir::ValueId> resize_cubic(Call& call, ir::ValueId x, std::array<int64_t, 2> size, bool align_corners, double a) {
  const Shape shape = call.shape(x);
  const DType dtype = call.type(x).dtype;
  if (!is_floating(dtype)) return unsupported(str("cubic weights for ", call.type(x).text(), ", want floating-point numbers"));
  const DType computed = dtype == DType::kF64 ? DType::kF64 : DType::kF32;
  TRY_ASSIGN(ir::ValueId y, call.cast(x, computed));
  if (size[0] != shape[2]) {
    TRY_ASSIGN(const ir::ValueId rows, weights(call, shape[2], size[0], align_corners, a, computed));
    TRY_ASSIGN(y, call.emit(std::make_shared<ops::MatMul>(), {rows, y}));
  }
  if (size[1] != shape[3]) {
    TRY_ASSIGN(const ir::ValueId columns, weights(call, shape[3], size[1], align_corners, a, computed));
    auto product = std::make_shared<ops::MatMul>();
    product->transpose_b = true;
    TRY_ASSIGN(y, call.emit(std::move(product), {y, columns}));
  }
  return call.cast(y, dtype);
}

}  // namespace mindird::mindir
