// Pool, one output element after the other: taps inside the input are folded, average divides by the count the attributes ask for.
#include "ops/pooling/pool.h"

#include <limits>

#include "ops/support.h"
#include "ops/pooling/taps.h"

namespace mindird::ops {
namespace {

template <class T>
T maximum(const PoolGeometry& g, const WindowTaps& t, const T* x) {
  using C = Compute<T>;
  C best = std::numeric_limits<C>::has_infinity ? -std::numeric_limits<C>::infinity() : std::numeric_limits<C>::lowest();
  for_each_tap(g, t, [&](int64_t at) {
    const C value = load(x[at]);
    if (value > best || value != value) best = value;
  });
  return store<T>(best);
}

int64_t inside_count(const Taps& t) { return std::max<int64_t>(t.inside.end - t.inside.begin, 0); }

template <class T>
T average(const Pool& op, const PoolGeometry& g, const WindowTaps& t, const T* x) {
  double sum = 0;
  for_each_tap(g, t, [&](int64_t at) { sum += widen(x[at]); });
  int64_t count = op.divisor_override;
  if (count == 0) {
    count = op.count_include_pad ? t[0].padded * t[1].padded * t[2].padded : inside_count(t[0]) * inside_count(t[1]) * inside_count(t[2]);
  }
  return narrow<T>(count == 0 ? 0.0 : sum / static_cast<double>(count));
}

template <class T>
void pool(const Pool& op, const PoolGeometry& g, const ir::EvalArgs& args) {
  const T* x = args.inputs[0].as<const T>().data();
  T* y = args.outputs[0].as<T>().data();
  const int64_t planes = args.inputs[0].shape()[0] * args.inputs[0].shape()[1];
  for (int64_t p = 0; p < planes; ++p, x += volume(g.in)) {
    for_each_window(g, [&](const WindowTaps& t) {
      if constexpr (kIsFloating<T>) {
        *y++ = op.kind == PoolKind::kMax ? maximum(g, t, x) : average(op, g, t, x);
      } else {
        *y++ = maximum(g, t, x);
      }
    });
  }
}

}  // namespace

void Pool::attributes(ir::AttributeVisitor& v) {
  v.choice("kind", kind, kPoolKindNames);
  v.field("kernel", kernel);
  v.field("stride", stride);
  v.field("dilation", dilation);
  v.field("pad_begin", pad_begin);
  v.field("pad_end", pad_end);
  v.field("ceil_mode", ceil_mode);
  v.field("count_include_pad", count_include_pad);
  v.field("divisor_override", divisor_override);
}

Result<ir::Types> Pool::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  TRY(expect_rank(in, 0, 3, 5));
  if (kind == PoolKind::kAverage) {
    TRY(expect_floating(in, 0));
  } else {
    TRY(expect_numeric(in, 0));
  }
  const Shape& x = in[0].shape;
  const WindowAttributes window{kernel, stride, dilation, pad_begin, pad_end};
  TRY(expect_window(window, x.rank() - 2));
  if (divisor_override < 0) return invalid_argument(str("divisor_override is ", divisor_override, ", want 0 or more"));
  std::vector<int64_t> dims{x[0], x[1]};
  for (size_t d = 0; d + 2 < x.rank(); ++d) {
    if (pad_begin[d] >= dilation[d] * (kernel[d] - 1) + 1 || pad_end[d] >= dilation[d] * (kernel[d] - 1) + 1) {
      return invalid_argument(str("padding ", pad_begin[d], " and ", pad_end[d], " of spatial dim ", d, ", want less than the window"));
    }
    TRY_ASSIGN(const int64_t count, window_count(window, d, x[d + 2], ceil_mode));
    dims.push_back(count);
  }
  return one_output({in[0].dtype, Shape(std::move(dims))});
}

Status Pool::evaluate(const ir::EvalArgs& args) const {
  const PoolGeometry g{spatial_triple(args.inputs[0].shape()),
                       spatial_triple(args.outputs[0].shape()),
                       to_triple(kernel, 1),
                       to_triple(stride, 1),
                       to_triple(dilation, 1),
                       to_triple(pad_begin, 0),
                       to_triple(pad_end, 0)};
  return dispatch_numeric(args.outputs[0].dtype(), [&]<class T>() { pool<T>(*this, g, args); });
}

double Pool::cost(std::span<const TensorType>, std::span<const TensorType> out) const {
  double window = 1;
  for (int64_t k : kernel) window *= static_cast<double>(k);
  return window * static_cast<double>(out[0].shape.elements());
}

std::optional<ir::BatchAxis> Pool::batch_axis(const ir::BatchArgs& args) const { return args.axes[0].axis <= 1 ? std::optional(args.axes[0]) : std::nullopt; }

REGISTER_OP(Pool);

}  // namespace mindird::ops
