// ArgReduce: blocks of neighbouring lines.
#include "ops/ordering/arg_reduce.h"

#include <limits>

#include "engines/cpu/base/lines.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/kernels/winner.h"

namespace mindird::engines::cpu {
namespace {

ops::AxisView view_of(const ir::Graph& graph, const ir::Node& node) {
  const Shape& shape = graph.type(node.inputs[0]).shape;
  return ops::split_axis(shape, *normalize_axis(static_cast<const ops::ArgReduce&>(*node.op).axis, shape.rank()));
}

Verdict supports(const ir::Graph& graph, ir::NodeId node) {
  const bool fits = view_of(graph, graph.node(node)).size <= std::numeric_limits<int32_t>::max();
  return fits ? Verdict::accept() : Verdict::refuse("positions that do not fit into i32");
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::ArgReduce>();
  TRY_ASSIGN(const Placed x, b.in_plain(0));
  const Placed y = b.out(0, Layout::plain(b.out_type().shape));
  const ops::AxisView view = view_of(b.graph(), b.node());
  const bool largest = op.kind == ops::ArgReduceKind::kMax;
  b.emit("lines", {x.ref, y.ref}, [=, blocks = LineBlocks(view)](const Frame& frame) -> Status {
    const auto width = static_cast<int64_t>(dtype_size(x.dtype));
    parallel_for(frame.threads, blocks.count(), [&](int64_t begin, int64_t end) {
      blocks.for_blocks(begin, end, [&](int64_t outer, int64_t first, int64_t lanes) {
        int32_t positions[kMaxLanes];
        find_winners(x.dtype, {frame.at(x.ref) + (outer * view.size * view.inner + first) * width, view.size, view.inner, lanes, largest}, positions);
        const int64_t at = outer * view.inner + first;
        if (y.dtype == DType::kI64) {
          std::copy_n(positions, lanes, frame.at<int64_t>(y.ref) + at);
        } else {
          std::copy_n(positions, lanes, frame.at<int32_t>(y.ref) + at);
        }
      });
    });
    return {};
  });
  return {};
}

REGISTER_BUILDER(ArgReduce, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
