#include "ops/movement/concat.h"

#include <cstring>
#include <limits>

#include "base/checked.h"
#include "ops/support.h"
#include "ops/indexing/support_index.h"

namespace mindird::ops {

void Concat::attributes(ir::AttributeVisitor& v) { v.field("axis", axis); }

Result<ir::Types> Concat::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1, std::numeric_limits<size_t>::max()));
  TRY(expect_known(in));
  TRY(expect_same_dtype(in));
  TRY_ASSIGN(const size_t at, expect_axis("axis", axis, in[0].shape.rank()));
  Shape joined = in[0].shape;
  for (size_t i = 1; i < in.size(); ++i) {
    TRY(expect_rank(in, i, joined.rank(), joined.rank()));
    for (size_t d = 0; d < joined.rank(); ++d) {
      if (d != at && in[i].shape[d] != joined[d]) {
        return invalid_argument(str("input ", i, " is ", in[i].text(), ", want ", joined[d], " in dimension ", d, " like input 0"));
      }
    }
    const auto sum = checked_add(joined[at], in[i].shape[at]);
    if (!sum) return invalid_argument(str("input ", i, " is ", in[i].text(), ", which makes dimension ", at, " too large"));
    joined[at] = *sum;
  }
  return one_output({in[0].dtype, std::move(joined)});
}

Status Concat::evaluate(const ir::EvalArgs& args) const {
  const Tensor& y = args.outputs[0];
  if (y.elements() == 0) return {};
  const auto at = *normalize_axis(axis, y.shape().rank());
  const AxisView view = split_axis(y.shape(), at);
  const size_t width = dtype_size(y.dtype());
  const size_t row = static_cast<size_t>(view.size * view.inner) * width;
  std::byte* to = y.data;
  for (const Tensor& x : args.inputs) {
    const size_t run = static_cast<size_t>(x.shape()[at] * view.inner) * width;
    if (run == 0) continue;
    for (size_t i = 0; i < static_cast<size_t>(view.outer); ++i) std::memcpy(to + i * row, x.data + i * run, run);
    to += run;
  }
  return {};
}

std::optional<ir::BatchAxis> Concat::batch_axis(const ir::BatchArgs& args) const {
  if (none_batched(args)) return ir::BatchAxis{};
  const ir::BatchAxis first = args.axes[0];
  for (const ir::BatchAxis& other : args.axes) {
    // An input that does not depend on the batch would still give every row a part of its own.
    if (other.axis < 0 || other != first) return std::nullopt;
  }
  if (first.axis == static_cast<int64_t>(*normalize_axis(axis, args.inputs[0].shape.rank()))) return std::nullopt;
  return first;
}

REGISTER_OP(Concat);

}  // namespace mindird::ops
