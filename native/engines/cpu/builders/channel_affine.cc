// ChannelAffine: y = x * a + b per channel, in the layout of x.
#include "ops/normalization/channel_affine.h"

#include "engines/cpu/builders.h"
#include "engines/cpu/builders/affine.h"
#include "engines/cpu/kernels/elementwise.h"
#include "engines/cpu/loop_nest.h"
#include "engines/cpu/stream.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId node) {
  return all_f32(graph, node) ? Verdict::accept() : Verdict::refuse("element types other than f32");
}

Status build(NodeBuilder& b) {
  TRY_ASSIGN(const Placed x, b.in(0));
  TRY_ASSIGN(const Placed scale, b.in_plain(1));
  TRY_ASSIGN(const Placed shift, b.in_plain(2));
  emit_affine(b, x, *normalize_axis(b.op<ops::ChannelAffine>().axis, b.out_type().shape.rank()), scale.ref, shift.ref);
  return {};
}

REGISTER_BUILDER(ChannelAffine, {.supports = supports, .build = build});

}  // namespace

void emit_affine(NodeBuilder& b, const Placed& x, size_t axis, Ref scale, Ref shift) {
  const Shape& shape = b.out_type().shape;
  const Layout layout = common_layout(shape, {x.layout});
  std::vector<int64_t> dims(shape.rank() - axis, 1);
  dims[0] = shape[axis];
  const Layout channel = Layout::plain(Shape(std::move(dims)));
  const LoopNest nest(layout, {x.layout, channel, channel});
  const Placed y = b.out(0, layout);
  b.emit(layout.text(), {x.ref, scale, shift, y.ref}, [nest, scale, shift, x = x.ref, y = y.ref](const Frame& frame) -> Status {
    const auto* xs = frame.at<const float>(x);
    const auto* as = frame.at<const float>(scale);
    const auto* bs = frame.at<const float>(shift);
    auto* ys = frame.at<float>(y);
    parallel_for(frame.threads, nest.elements(), [&](int64_t first, int64_t last) {
      nest.for_runs(first, last, [&](const Offsets& o, int64_t count) {
        affine_run(xs + o[1], nest.run_step(1), as + o[2], nest.run_step(2), bs + o[3], nest.run_step(3), ys + o[0], count);
      });
    });
    return {};
  });
}

}  // namespace mindird::engines::cpu
