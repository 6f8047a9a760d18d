#include "ops/normalization/channel_affine.h"

#include "ops/normalization/normalize.h"
#include "ops/support.h"

namespace mindird::ops {

void ChannelAffine::attributes(ir::AttributeVisitor& v) { v.field("axis", axis); }

Result<ir::Types> ChannelAffine::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 3));
  TRY(expect_known(in));
  TRY(expect_parameter_dtype(in, 1));
  TRY_ASSIGN(const size_t at, expect_axis("axis", axis, in[0].shape.rank()));
  TRY(expect_shape(in, 1, Shape{in[0].shape[at]}));
  TRY(expect_shape(in, 2, Shape{in[0].shape[at]}));
  return one_output(in[0]);
}

Status ChannelAffine::evaluate(const ir::EvalArgs& args) const {
  TRY_ASSIGN(const size_t at, expect_axis("axis", axis, args.inputs[0].shape().rank()));
  const auto factor = to_doubles(args.inputs[1]);
  const auto shift = to_doubles(args.inputs[2]);
  const auto inner = static_cast<size_t>(args.inputs[0].shape().strides()[at]);
  return dispatch_floating(args.inputs[0].dtype(),
                           [&]<class T>() { scale_channels<T>(args.inputs[0].as<const T>(), args.outputs[0].as<T>(), inner, factor, shift); });
}

std::optional<ir::BatchAxis> ChannelAffine::batch_axis(const ir::BatchArgs& args) const {
  const auto at = normalize_axis(axis, args.inputs[0].shape.rank());
  const auto batch = only_first_batched(args);
  if (!at || !batch || batch->axis == static_cast<int64_t>(*at)) return std::nullopt;
  return batch;
}

REGISTER_OP(ChannelAffine);

}  // namespace mindird::ops
