// Cumulative sums: blocks of neighbouring lines.
#include "ops/reduction/cumulative.h"

#include "engines/cpu/base/lines.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/kernels/fold.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId node) {
  const auto& op = static_cast<const ops::Cumulative&>(*graph.node(node).op);
  if (op.kind != ops::CumulativeKind::kSum) return Verdict::refuse("only running sums have a kernel");
  return has_running_sum(graph.type(graph.node(node).inputs[0]).dtype) ? Verdict::accept() : Verdict::refuse("no kernel for this element type");
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Cumulative>();
  TRY_ASSIGN(const Placed x, b.in_plain(0));
  const Placed y = b.out(0, x.layout);
  const ops::AxisView view = ops::split_axis(x.layout.dims, *normalize_axis(op.axis, x.layout.dims.rank()));
  const RunningSum sum{op.exclusive, op.reverse};
  b.emit("lines", {x.ref, y.ref}, [=, blocks = LineBlocks(view)](const Frame& frame) -> Status {
    const auto width = static_cast<int64_t>(dtype_size(x.dtype));
    parallel_for(frame.threads, blocks.count(), [&](int64_t begin, int64_t end) {
      blocks.for_blocks(begin, end, [&](int64_t outer, int64_t first, int64_t lanes) {
        const int64_t at = (outer * view.size * view.inner + first) * width;
        run_sums(x.dtype, {frame.at(x.ref) + at, frame.at(y.ref) + at, view.size, view.inner, lanes}, sum);
      });
    });
    return {};
  });
  return {};
}

REGISTER_BUILDER(Cumulative, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
