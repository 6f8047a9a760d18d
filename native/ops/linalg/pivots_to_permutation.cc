#include "ops/linalg/pivots_to_permutation.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "ops/support.h"
#include "ops/linalg/matrix.h"

namespace mindird::ops {

void PivotsToPermutation::attributes(ir::AttributeVisitor& v) { v.field("size", size); }

Result<ir::Types> PivotsToPermutation::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  TRY(expect_dtype(in, 0, DType::kI32));
  TRY(expect_rank(in, 0, 1));
  const int64_t pivots = in[0].shape[in[0].shape.rank() - 1];
  if (size < pivots || size > std::numeric_limits<int32_t>::max())
    return invalid_argument(str("size is ", size, ", want ", pivots, " or more, and what fits into i32"));
  return one_output({DType::kI32, linalg::with_last(in[0].shape, 1, {size})});
}

Status PivotsToPermutation::evaluate(const ir::EvalArgs& args) const {
  const auto pivots = args.inputs[0].as<const int32_t>();
  const auto rows = args.outputs[0].as<int32_t>();
  const auto steps = static_cast<size_t>(args.inputs[0].shape()[args.inputs[0].shape().rank() - 1]);
  const auto width = static_cast<size_t>(size);
  for (size_t i = 0; i < static_cast<size_t>(linalg::count(args.inputs[0], 1)); ++i) {
    const auto order = rows.subspan(i * width, width);
    std::iota(order.begin(), order.end(), 0);
    for (size_t step = 0; step < steps; ++step) {
      const int32_t pivot = pivots[i * steps + step];
      if (pivot < 0 || pivot >= size) return invalid_argument(str("pivot ", step, " is ", pivot, ", want 0 to ", size - 1));
      std::swap(order[step], order[static_cast<size_t>(pivot)]);
    }
  }
  return {};
}

double PivotsToPermutation::cost(std::span<const TensorType>, std::span<const TensorType> out) const { return static_cast<double>(out[0].shape.elements()); }

REGISTER_OP(PivotsToPermutation);

}  // namespace mindird::ops
