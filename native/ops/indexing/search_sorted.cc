#include "ops/indexing/search_sorted.h"

#include <algorithm>
#include <cmath>

#include "ops/ordering/ordering.h"
#include "ops/support.h"

namespace mindird::ops {

void SearchSorted::attributes(ir::AttributeVisitor& v) { v.field("right", right); }

Result<ir::Types> SearchSorted::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2));
  TRY(expect_known(in));
  TRY(expect_numeric(in, 0));
  TRY(expect_same_dtype(in));
  TRY(expect_rank(in, 0, 1));
  const Shape& sorted = in[0].shape;
  const Shape& values = in[1].shape;
  if (sorted.rank() > 1 && (sorted.rank() != values.rank() || !std::equal(sorted.begin(), sorted.end() - 1, values.begin()))) {
    return invalid_argument(str("inputs ", in[0].text(), " and ", in[1].text(), " differ before the last dimension"));
  }
  return one_output({DType::kI64, values});
}

Status SearchSorted::evaluate(const ir::EvalArgs& args) const {
  const Tensor& sorted = args.inputs[0];
  const Tensor& values = args.inputs[1];
  const auto result = args.outputs[0].as<int64_t>();
  const size_t size = static_cast<size_t>(sorted.shape()[sorted.shape().rank() - 1]);
  const bool lines = sorted.shape().rank() > 1;
  const size_t per_line = lines ? static_cast<size_t>(values.shape()[values.shape().rank() - 1]) : result.size();
  return dispatch_numeric(values.dtype(), [&]<class T>() {
    const auto all = sorted.as<const T>();
    const auto wanted = values.as<const T>();
    const auto before = [](T a, T b) { return ascends(load(a), load(b)); };
    for (size_t i = 0; i < wanted.size(); ++i) {
      const auto line = all.subspan(lines ? i / per_line * size : 0, size);
      const auto at = right ? std::upper_bound(line.begin(), line.end(), wanted[i], before) : std::lower_bound(line.begin(), line.end(), wanted[i], before);
      result[i] = at - line.begin();
    }
  });
}

double SearchSorted::cost(std::span<const TensorType> in, std::span<const TensorType> out) const {
  const auto size = static_cast<double>(in[0].shape[in[0].shape.rank() - 1]);
  return static_cast<double>(out[0].shape.elements()) * std::log2(size + 2);
}

std::optional<ir::BatchAxis> SearchSorted::batch_axis(const ir::BatchArgs& args) const {
  if (none_batched(args)) return ir::BatchAxis{};
  const ir::BatchAxis sorted = args.axes[0];
  const ir::BatchAxis values = args.axes[1];
  const auto last = static_cast<int64_t>(args.inputs[0].shape.rank()) - 1;
  if (sorted.axis < 0) return last == 0 || values.axis == last ? std::optional(values) : std::nullopt;
  return sorted.axis < last && sorted == values ? std::optional(values) : std::nullopt;
}

REGISTER_OP(SearchSorted);

}  // namespace mindird::ops
