#include "ops/movement/identity.h"

#include <cstring>

#include "ops/support.h"

namespace mindird::ops {

Result<ir::Types> Identity::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  return one_output(in[0]);
}

Status Identity::evaluate(const ir::EvalArgs& args) const {
  const size_t bytes = args.outputs[0].bytes();
  if (bytes != 0 && args.outputs[0].data != args.inputs[0].data) std::memcpy(args.outputs[0].data, args.inputs[0].data, bytes);
  return {};
}

std::optional<ir::BatchAxis> Identity::batch_axis(const ir::BatchArgs& args) const { return args.axes[0]; }

REGISTER_OP(Identity);

}  // namespace mindird::ops
