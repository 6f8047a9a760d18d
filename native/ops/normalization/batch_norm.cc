// BatchNorm at inference: the statistics are constants, so each channel is one multiply-add.
#include "ops/normalization/batch_norm.h"

#include <cmath>

#include "ops/normalization/normalize.h"
#include "ops/support.h"

namespace mindird::ops {

void BatchNorm::attributes(ir::AttributeVisitor& v) { v.field("epsilon", epsilon); }

Result<ir::Types> BatchNorm::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 5));
  TRY(expect_known(in));
  TRY(expect_rank(in, 0, 2));
  TRY(expect_parameter_dtype(in, 1));
  for (size_t i = 1; i < in.size(); ++i) TRY(expect_shape(in, i, Shape{in[0].shape[1]}));
  return one_output(in[0]);
}

Status BatchNorm::evaluate(const ir::EvalArgs& args) const {
  auto factor = to_doubles(args.inputs[1]);
  auto shift = to_doubles(args.inputs[2]);
  const auto mean = to_doubles(args.inputs[3]);
  const auto variance = to_doubles(args.inputs[4]);
  for (size_t c = 0; c < factor.size(); ++c) {
    factor[c] /= std::sqrt(variance[c] + epsilon);
    shift[c] -= mean[c] * factor[c];
  }
  const auto inner = static_cast<size_t>(args.inputs[0].shape().strides()[1]);
  return dispatch_floating(args.inputs[0].dtype(),
                           [&]<class T>() { scale_channels<T>(args.inputs[0].as<const T>(), args.outputs[0].as<T>(), inner, factor, shift); });
}

std::optional<ir::BatchAxis> BatchNorm::batch_axis(const ir::BatchArgs& args) const {
  const auto axis = only_first_batched(args);
  return axis && axis->axis != 1 ? axis : std::nullopt;
}

REGISTER_OP(BatchNorm);

}  // namespace mindird::ops
