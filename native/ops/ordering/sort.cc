#include "ops/ordering/sort.h"

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
void sort_lines(const Tensor& x, const Tensor& values, const Tensor& indices, const AxisView& view, bool descending) {
  using C = Compute<T>;
  const auto from = x.as<const T>();
  std::vector<int32_t> order(static_cast<size_t>(view.size));
  for (int64_t line = 0; line < view.outer * view.inner; ++line) {
    const int64_t start = line / view.inner * view.size * view.inner + line % view.inner;
    const auto position = [&](int64_t i) { return static_cast<size_t>(start + i * view.inner); };
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
      const C left = load(from[position(a)]);
      const C right = load(from[position(b)]);
      return descending ? ascends(right, left) : ascends(left, right);
    });
    for (int64_t i = 0; i < view.size; ++i) {
      const int32_t source = order[static_cast<size_t>(i)];
      values.as<T>()[position(i)] = from[position(source)];
      indices.as<int32_t>()[position(i)] = source;
    }
  }
}

}  // namespace

void Sort::attributes(ir::AttributeVisitor& v) {
  v.field("axis", axis);
  v.field("descending", descending);
}

Result<ir::Types> Sort::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  TRY_ASSIGN(const size_t at, expect_axis("axis", axis, in[0].shape.rank()));
  if (in[0].shape[at] > std::numeric_limits<int32_t>::max()) {
    return invalid_argument(str("input 0 is ", in[0].text(), ", want a dimension ", at, " whose positions fit into i32"));
  }
  TRY_ASSIGN(const ir::Types indices, one_output({DType::kI32, in[0].shape}));
  return ir::Types{in[0], indices[0]};
}

Status Sort::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const AxisView view = split_axis(x.shape(), *normalize_axis(axis, x.shape().rank()));
  return dispatch_any(x.dtype(), [&]<class T>() { sort_lines<T>(x, args.outputs[0], args.outputs[1], view, descending); });
}

double Sort::cost(std::span<const TensorType> in, std::span<const TensorType>) const {
  const Shape& x = in[0].shape;
  const auto size = static_cast<double>(x[*normalize_axis(axis, x.rank())]);
  return static_cast<double>(x.elements()) * std::log2(size + 2);
}

std::optional<ir::BatchAxis> Sort::batch_axis(const ir::BatchArgs& args) const {
  return batch_axis_beside(args, *normalize_axis(axis, args.inputs[0].shape.rank()));
}

REGISTER_OP(Sort);

}  // namespace mindird::ops
