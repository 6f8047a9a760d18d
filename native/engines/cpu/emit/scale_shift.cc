#include "engines/cpu/emit/scale_shift.h"

#include "engines/cpu/base/loop_nest.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/kernels/elementwise.h"

namespace mindird::engines::cpu {

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
