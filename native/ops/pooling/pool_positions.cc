// PoolPositions, one output element after the other.
#include "ops/pooling/pool_positions.h"

#include "base/checked.h"
#include "ops/pooling/pool.h"
#include "ops/pooling/positions.h"
#include "ops/pooling/taps.h"

namespace mindird::ops {
namespace {

Pool pool_of(const PoolPositions& op) {
  Pool pool;
  pool.kernel = op.kernel;
  pool.stride = op.stride;
  pool.dilation = op.dilation;
  pool.pad_begin = op.pad_begin;
  pool.pad_end = op.pad_end;
  pool.ceil_mode = op.ceil_mode;
  return pool;
}

template <class T>
void find(const PoolGeometry& g, const ir::EvalArgs& args, bool across_channels) {
  const Shape& shape = args.inputs[0].shape();
  const T* x = args.inputs[0].as<const T>().data();
  size_t i = 0;
  for (int64_t p = 0; p < shape[0] * shape[1]; ++p, x += volume(g.in)) {
    const int64_t before = across_channels ? p % shape[1] * volume(g.in) : 0;
    for_each_window(g, [&](const WindowTaps& t) {
      LargestSeen<T> largest(x);
      for_each_tap(g, t, [&](int64_t at) { largest.see(at); });
      write_position(args.outputs[0], i++, before + largest.at());
    });
  }
}

}  // namespace

void PoolPositions::attributes(ir::AttributeVisitor& v) {
  v.field("kernel", kernel);
  v.field("stride", stride);
  v.field("dilation", dilation);
  v.field("pad_begin", pad_begin);
  v.field("pad_end", pad_end);
  v.field("ceil_mode", ceil_mode);
  v.field("across_channels", across_channels);
  v.field("index_type", index_type);
}

Result<ir::Types> PoolPositions::infer(std::span<const TensorType> in) const {
  TRY_ASSIGN(ir::Types types, pool_of(*this).infer(in));
  const auto count = checked_product(in[0].shape.dims().subspan(across_channels ? 1 : 2));
  if (!count) return invalid_argument(str("input 0 is ", in[0].text()));
  TRY(expect_position_type(index_type, *count));
  return one_output({index_type, types[0].shape});
}

Status PoolPositions::evaluate(const ir::EvalArgs& args) const {
  const PoolGeometry g{spatial_triple(args.inputs[0].shape()),
                       spatial_triple(args.outputs[0].shape()),
                       to_triple(kernel, 1),
                       to_triple(stride, 1),
                       to_triple(dilation, 1),
                       to_triple(pad_begin, 0),
                       to_triple(pad_end, 0)};
  return dispatch_numeric(args.inputs[0].dtype(), [&]<class T>() { find<T>(g, args, across_channels); });
}

double PoolPositions::cost(std::span<const TensorType> in, std::span<const TensorType> out) const { return pool_of(*this).cost(in, out); }

/// Rows are independent; channels are too, where each counts from its own start.
std::optional<ir::BatchAxis> PoolPositions::batch_axis(const ir::BatchArgs& args) const {
  return args.axes[0].axis <= (across_channels ? 0 : 1) ? std::optional(args.axes[0]) : std::nullopt;
}

REGISTER_OP(PoolPositions);

}  // namespace mindird::ops
