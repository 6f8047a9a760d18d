// AdaptivePoolPositions, one output element after the other.
#include "ops/pooling/adaptive_pool_positions.h"

#include "base/checked.h"
#include "ops/pooling/adaptive_pool.h"
#include "ops/pooling/adaptive_window.h"
#include "ops/pooling/positions.h"

namespace mindird::ops {
namespace {

AdaptivePool pool_of(const AdaptivePoolPositions& op) {
  AdaptivePool pool;
  pool.kind = AdaptivePoolKind::kMax;
  pool.size = op.size;
  return pool;
}

template <class T>
void find(const Triple& in, const Triple& out, std::span<const T> x, const Tensor& positions) {
  const int64_t plane = volume(in);
  size_t written = 0;
  for (size_t at = 0; at < x.size(); at += static_cast<size_t>(plane)) {
    for (int64_t i = 0; i < volume(out); ++i) {
      LargestSeen<T> largest(x.data() + at);
      for_each_element(in, adaptive_box(in, out, i), [&](int64_t offset) { largest.see(offset); });
      write_position(positions, written++, largest.at());
    }
  }
}

}  // namespace

void AdaptivePoolPositions::attributes(ir::AttributeVisitor& v) {
  v.field("size", size);
  v.field("index_type", index_type);
}

Result<ir::Types> AdaptivePoolPositions::infer(std::span<const TensorType> in) const {
  TRY_ASSIGN(ir::Types types, pool_of(*this).infer(in));
  const auto count = checked_product(in[0].shape.dims().last(size.size()));
  if (!count) return invalid_argument(str("input 0 is ", in[0].text()));
  TRY(expect_position_type(index_type, *count));
  return one_output({index_type, types[0].shape});
}

Status AdaptivePoolPositions::evaluate(const ir::EvalArgs& args) const {
  const Triple in = to_triple(args.inputs[0].shape().dims().last(size.size()), 1);
  const Triple out = to_triple(size, 1);
  return dispatch_floating(args.inputs[0].dtype(), [&]<class T>() { find<T>(in, out, args.inputs[0].as<const T>(), args.outputs[0]); });
}

std::optional<ir::BatchAxis> AdaptivePoolPositions::batch_axis(const ir::BatchArgs& args) const { return pool_of(*this).batch_axis(args); }

REGISTER_OP(AdaptivePoolPositions);

}  // namespace mindird::ops
