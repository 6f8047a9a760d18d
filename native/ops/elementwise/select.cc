// Select: copies elements by their size alone.
#include "ops/elementwise/select.h"

#include "ops/elementwise/broadcast.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

template <class Bits>
void choose(std::span<const Tensor> in, const Tensor& out) {
  const BroadcastWalk<3> walk(out.shape(), {&in[0].shape(), &in[1].shape(), &in[2].shape()});
  const BoolByte* condition = in[0].as<const BoolByte>().data();
  const Bits* x = in[1].as<const Bits>().data();
  const Bits* y = in[2].as<const Bits>().data();
  Bits* z = out.as<Bits>().data();
  walk.for_each_run([&](int64_t at, const std::array<int64_t, 3>& from) {
    for (int64_t i = 0; i < walk.run(); ++i) {
      const bool yes = static_cast<bool>(condition[from[0] + i * walk.step(0)]);
      const Bits a = x[from[1] + i * walk.step(1)];
      const Bits b = y[from[2] + i * walk.step(2)];
      z[at + i] = yes ? a : b;
    }
  });
}

}  // namespace

Result<ir::Types> Select::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 3));
  TRY(expect_dtype(in, 0, DType::kBool));
  TRY(expect_same_dtype(in, 1));
  auto shape = broadcast_shapes(in[1].shape, in[2].shape);
  if (shape) shape = broadcast_shapes(in[0].shape, *shape);
  if (!shape) {
    return invalid_argument(str("inputs ", in[0].text(), ", ", in[1].text(), " and ", in[2].text(), " do not broadcast"));
  }
  return one_output({in[1].dtype, *shape});
}

Status Select::evaluate(const ir::EvalArgs& args) const {
  const Tensor& out = args.outputs[0];
  switch (dtype_size(out.dtype())) {
    case 1: choose<uint8_t>(args.inputs, out); break;
    case 2: choose<uint16_t>(args.inputs, out); break;
    case 4: choose<uint32_t>(args.inputs, out); break;
    default: choose<uint64_t>(args.inputs, out); break;
  }
  return {};
}

std::optional<ir::BatchAxis> Select::batch_axis(const ir::BatchArgs& args) const { return elementwise_batch_axis(args); }

REGISTER_OP(Select);

}  // namespace mindird::ops
