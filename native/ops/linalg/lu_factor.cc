// Gaussian elimination with partial pivoting, in place (G. Golub and C. Van Loan, Matrix Computations, 3.4).
#include "ops/linalg/lu_factor.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/linalg/matrix.h"

namespace mindird::ops {
namespace {

using linalg::Matrix;

/// A column of zeros has no pivot and is left as it is: U then has a zero on its diagonal.
void eliminate(Matrix& a, std::span<int32_t> pivots) {
  for (int64_t step = 0; step < static_cast<int64_t>(pivots.size()); ++step) {
    int64_t best = step;
    for (int64_t i = step + 1; i < a.rows(); ++i) {
      if (std::abs(a(i, step)) > std::abs(a(best, step))) best = i;
    }
    pivots[static_cast<size_t>(step)] = static_cast<int32_t>(best);
    if (best != step) a.swap_rows(step, best);
    if (a(step, step) == 0) continue;
    for (int64_t i = step + 1; i < a.rows(); ++i) {
      const double factor = a(i, step) /= a(step, step);
      for (int64_t j = step + 1; j < a.columns(); ++j) a(i, j) -= factor * a(step, j);
    }
  }
}

int64_t pivot_count(const Shape& x) { return std::min(x[x.rank() - 1], x[x.rank() - 2]); }

}  // namespace

Result<ir::Types> LuFactor::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(linalg::expect_matrices(in, 0, false));
  const Shape& x = in[0].shape;
  if (x[x.rank() - 2] > std::numeric_limits<int32_t>::max()) return invalid_argument(str("input 0 is ", in[0].text(), ", want rows that i32 can number"));
  TRY_ASSIGN(const ir::Types pivots, one_output({DType::kI32, linalg::with_last(x, 2, {pivot_count(x)})}));
  return ir::Types{in[0], pivots[0]};
}

Status LuFactor::evaluate(const ir::EvalArgs& args) const {
  const auto size = static_cast<size_t>(pivot_count(args.inputs[0].shape()));
  for (int64_t i = 0; i < linalg::count(args.inputs[0]); ++i) {
    Matrix a = linalg::read(args.inputs[0], i);
    eliminate(a, args.outputs[1].as<int32_t>().subspan(static_cast<size_t>(i) * size, size));
    linalg::write(a.values(), args.outputs[0], i);
  }
  return {};
}

double LuFactor::cost(std::span<const TensorType> in, std::span<const TensorType>) const {
  return static_cast<double>(in[0].shape.elements()) * static_cast<double>(pivot_count(in[0].shape)) / 3;
}

std::optional<ir::BatchAxis> LuFactor::batch_axis(const ir::BatchArgs& args) const { return linalg::matrices_batch_axis(args); }

REGISTER_OP(LuFactor);

}  // namespace mindird::ops
