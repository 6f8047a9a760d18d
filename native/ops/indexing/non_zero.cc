#include "ops/indexing/non_zero.h"

#include <algorithm>

#include "ops/support.h"

namespace mindird::ops {

Result<ir::Types> NonZero::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  return one_output({DType::kI64, Shape{-1, static_cast<int64_t>(in[0].shape.rank())}});
}

Status NonZero::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const size_t rank = x.shape().rank();
  return dispatch_any(x.dtype(), [&]<class T>() -> Status {
    const auto from = x.as<const T>();
    const auto is_set = [](T value) { return load(value) != Compute<T>{}; };
    TRY(args.allocate(0, Shape{std::ranges::count_if(from, is_set), static_cast<int64_t>(rank)}));
    const auto to = args.outputs[0].as<int64_t>();
    size_t row = 0;
    for (size_t i = 0; i < from.size(); ++i) {
      if (!is_set(from[i])) continue;
      auto rest = static_cast<int64_t>(i);
      for (size_t d = rank; d-- > 0;) {
        to[row * rank + d] = rest % x.shape()[d];
        rest /= x.shape()[d];
      }
      ++row;
    }
    return {};
  });
}

std::optional<ir::BatchAxis> NonZero::batch_axis(const ir::BatchArgs& args) const {
  // Rows of different samples lie one after another in numbers that depend on their values.
  return none_batched(args) ? std::optional(ir::BatchAxis{}) : std::nullopt;
}

REGISTER_OP(NonZero);

}  // namespace mindird::ops
