#include "ops/ordering/arg_reduce.h"

#include <limits>

#include "ops/ordering/ordering.h"
#include "ops/support.h"
#include "ops/indexing/support_index.h"

namespace mindird::ops {
namespace {

/// Position of the winner among `size` elements `step` apart: strictly better ones only, so that the first of equals stays.
template <class T>
int64_t find_winner(const T* x, int64_t size, int64_t step, ArgReduceKind kind) {
  int64_t winner = 0;
  auto best = load(x[0]);
  if (is_nan(best)) return 0;
  for (int64_t i = 1; i < size; ++i) {
    const auto candidate = load(x[i * step]);
    if (is_nan(candidate)) return i;
    if (kind == ArgReduceKind::kMax ? candidate > best : candidate < best) {
      best = candidate;
      winner = i;
    }
  }
  return winner;
}

}  // namespace

void ArgReduce::attributes(ir::AttributeVisitor& v) {
  v.choice("kind", kind, kArgReduceKindNames);
  v.field("axis", axis);
  v.field("keep_dims", keep_dims);
  v.field("index_type", index_type);
}

Result<ir::Types> ArgReduce::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  if (index_type != DType::kI32 && index_type != DType::kI64) {
    return invalid_argument(str("index_type is ", dtype_name(index_type), ", want i32 or i64"));
  }
  const Shape& x = in[0].shape;
  TRY_ASSIGN(const size_t at, expect_axis("axis", axis, x.rank()));
  if (x[at] == 0) return invalid_argument(str("input 0 is ", in[0].text(), ", want elements along dimension ", at));
  if (index_type == DType::kI32 && x[at] > std::numeric_limits<int32_t>::max()) {
    return invalid_argument(str("input 0 is ", in[0].text(), ", want a dimension ", at, " whose positions fit into i32"));
  }
  std::vector<int64_t> dims = x.vector();
  if (keep_dims) {
    dims[at] = 1;
  } else {
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return one_output({index_type, Shape(std::move(dims))});
}

Status ArgReduce::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  const AxisView view = split_axis(x.shape(), *normalize_axis(axis, x.shape().rank()));
  return dispatch_any(x.dtype(), [&]<class T>() {
    const auto from = x.as<const T>();
    for (int64_t line = 0; line < view.outer * view.inner; ++line) {
      const auto start = static_cast<size_t>(line / view.inner * view.size * view.inner + line % view.inner);
      const int64_t winner = find_winner(from.data() + start, view.size, view.inner, kind);
      const auto at = static_cast<size_t>(line);
      if (index_type == DType::kI64) {
        y.as<int64_t>()[at] = winner;
      } else {
        y.as<int32_t>()[at] = static_cast<int32_t>(winner);
      }
    }
  });
}

double ArgReduce::cost(std::span<const TensorType> in, std::span<const TensorType>) const { return static_cast<double>(in[0].shape.elements()); }

std::optional<ir::BatchAxis> ArgReduce::batch_axis(const ir::BatchArgs& args) const {
  return batch_axis_beside(args, *normalize_axis(axis, args.inputs[0].shape.rank()), !keep_dims);
}

REGISTER_OP(ArgReduce);

}  // namespace mindird::ops
