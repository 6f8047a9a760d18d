#include "ops/ordering/top_k.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "ops/ordering/ordering.h"
#include "ops/support.h"
#include "ops/indexing/support_index.h"

namespace mindird::ops {
namespace {

template <class T>
void select_lines(const Tensor& x, const Tensor& values, const Tensor& indices, const AxisView& view, int64_t k, bool largest) {
  using C = Compute<T>;
  const auto from = x.as<const T>();
  std::vector<int32_t> order(static_cast<size_t>(view.size));
  for (int64_t line = 0; line < view.outer * view.inner; ++line) {
    const int64_t block = line / view.inner;
    const int64_t within = line % view.inner;
    const auto source = [&](int64_t i) { return from[static_cast<size_t>((block * view.size + i) * view.inner + within)]; };
    std::iota(order.begin(), order.end(), 0);
    std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](int32_t a, int32_t b) {
      const C left = load(source(a));
      const C right = load(source(b));
      if (largest ? ascends(right, left) : ascends(left, right)) return true;
      if (largest ? ascends(left, right) : ascends(right, left)) return false;
      return a < b;
    });
    for (int64_t i = 0; i < k; ++i) {
      const auto at = static_cast<size_t>((block * k + i) * view.inner + within);
      values.as<T>()[at] = source(order[static_cast<size_t>(i)]);
      indices.as<int32_t>()[at] = order[static_cast<size_t>(i)];
    }
  }
}

}  // namespace

void TopK::attributes(ir::AttributeVisitor& v) {
  v.field("k", k);
  v.field("axis", axis);
  v.field("largest", largest);
}

Result<ir::Types> TopK::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  Shape shape = in[0].shape;
  TRY_ASSIGN(const size_t at, expect_axis("axis", axis, shape.rank()));
  if (k < 0 || k > shape[at]) return invalid_argument(str("k is ", k, ", want 0 to ", shape[at], ", the size of dimension ", at));
  if (shape[at] > std::numeric_limits<int32_t>::max()) {
    return invalid_argument(str("input 0 is ", in[0].text(), ", want a dimension ", at, " whose positions fit into i32"));
  }
  shape[at] = k;
  TRY_ASSIGN(const ir::Types indices, one_output({DType::kI32, shape}));
  return ir::Types{{in[0].dtype, std::move(shape)}, indices[0]};
}

Status TopK::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  if (k == 0) return {};
  const AxisView view = split_axis(x.shape(), *normalize_axis(axis, x.shape().rank()));
  return dispatch_any(x.dtype(), [&]<class T>() { select_lines<T>(x, args.outputs[0], args.outputs[1], view, k, largest); });
}

double TopK::cost(std::span<const TensorType> in, std::span<const TensorType>) const {
  return static_cast<double>(in[0].shape.elements()) * std::log2(static_cast<double>(k) + 2);
}

std::optional<ir::BatchAxis> TopK::batch_axis(const ir::BatchArgs& args) const {
  return batch_axis_beside(args, *normalize_axis(axis, args.inputs[0].shape.rank()));
}

REGISTER_OP(TopK);

}  // namespace mindird::ops
