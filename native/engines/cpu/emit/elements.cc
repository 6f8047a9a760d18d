#include "engines/cpu/emit/elements.h"

#include "engines/cpu/base/loop_nest.h"
#include "engines/cpu/base/stream.h"

namespace mindird::engines::cpu {

void emit_elements(NodeBuilder& b, const ElementFunction& function, const std::vector<Placed>& from, const Placed& y) {
  std::vector<Layout> layouts;
  std::vector<Ref> refs;
  std::array<int64_t, kMaxSources> size{};
  for (size_t i = 0; i < from.size(); ++i) {
    layouts.push_back(from[i].layout);
    refs.push_back(from[i].ref);
    size[i] = static_cast<int64_t>(dtype_size(from[i].dtype));
  }
  const LoopNest nest(y.layout, layouts);
  const auto to_size = static_cast<int64_t>(dtype_size(y.dtype));
  std::vector<Ref> touched = refs;
  touched.push_back(y.ref);
  b.emit(y.layout.text(), std::move(touched), [nest, function, refs, size, to_size, y = y.ref](const Frame& frame) -> Status {
    parallel_for(frame.threads, nest.elements(), [&](int64_t first, int64_t last) {
      ElementRun run;
      run.alpha = function.alpha;
      run.beta = function.beta;
      for (size_t i = 0; i < refs.size(); ++i) run.step[i] = nest.run_step(i + 1);
      nest.for_runs(first, last, [&](const Offsets& o, int64_t count) {
        for (size_t i = 0; i < refs.size(); ++i) run.from[i] = frame.at(refs[i]) + o[i + 1] * size[i];
        run.to = frame.at(y) + o[0] * to_size;
        run.count = count;
        function.kernel(run);
      });
    });
    return {};
  });
}

Status build_elements(NodeBuilder& b, const ElementFunction& function) {
  std::vector<Placed> from;
  std::vector<Layout> layouts;
  for (size_t i = 0; i < b.inputs(); ++i) {
    TRY_ASSIGN(const Placed x, b.in(i));
    from.push_back(x);
    layouts.push_back(x.layout);
  }
  const Layout layout = b.optimize() ? common_layout(b.out_type().shape, layouts) : Layout::plain(b.out_type().shape);
  emit_elements(b, function, from, b.out(0, layout));
  return {};
}

}  // namespace mindird::engines::cpu
