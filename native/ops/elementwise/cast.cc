// Cast: one loop per pair of element types.
#include "ops/elementwise/cast.h"

#include "ops/elementwise/convert.h"
#include "ops/support.h"

namespace mindird::ops {
void Cast::attributes(ir::AttributeVisitor& v) { v.field("to", to); }

Result<ir::Types> Cast::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  return one_output({to, in[0].shape});
}

Status Cast::evaluate(const ir::EvalArgs& args) const {
  return dispatch_any(args.inputs[0].dtype(), [&]<class From>() {
    return dispatch_any(to, [&]<class To>() {
      const auto in = args.inputs[0].as<const From>();
      const auto out = args.outputs[0].as<To>();
      for (size_t i = 0; i < in.size(); ++i) out[i] = convert<To>(in[i]);
    });
  });
}

std::optional<ir::BatchAxis> Cast::batch_axis(const ir::BatchArgs& args) const { return elementwise_batch_axis(args); }

REGISTER_OP(Cast);

}  // namespace mindird::ops
