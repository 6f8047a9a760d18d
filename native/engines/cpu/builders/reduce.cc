// Reduce: sums, means and maxima of f32 whose reduced dims lie side by side in memory (global pooling in channels-last memory, rows of
// matrices); others are evaluated.
#include "ops/reduction/reduce.h"

#include <algorithm>

#include "engines/cpu/builders.h"
#include "engines/cpu/kernels/reduce.h"
#include "engines/cpu/stream.h"

namespace mindird::engines::cpu {
namespace {

struct Blocks {
  int64_t outer = 1;
  int64_t count = 1;
  int64_t inner = 1;
};

bool is_reduced(const ops::Reduce& op, size_t d) { return std::find(op.axes.begin(), op.axes.end(), static_cast<int64_t>(d)) != op.axes.end(); }

/// Dense memory as [outer kept][reduced][inner kept], or nothing when reduced dims are apart.
std::optional<Blocks> split(const ops::Reduce& op, const Layout& layout) {
  Blocks blocks;
  int state = 0;  // 0 outer, 1 reduced, 2 inner
  for (size_t d : layout.memory_order()) {
    const int64_t size = layout.dims[d];
    if (size == 1) continue;
    if (is_reduced(op, d)) {
      if (state == 2) return std::nullopt;
      state = 1;
      blocks.count *= size;
    } else {
      if (state == 1) state = 2;
      (state == 0 ? blocks.outer : blocks.inner) *= size;
    }
  }
  return blocks;
}

Verdict supports(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  const auto& op = static_cast<const ops::Reduce&>(*node.op);
  if (!all_f32(graph, id)) return Verdict::refuse("element types other than f32");
  if (op.kind != ops::ReduceKind::kSum && op.kind != ops::ReduceKind::kMean && op.kind != ops::ReduceKind::kMax) {
    return Verdict::refuse("no kernel for this reduction");
  }
  return split(op, Layout::plain(graph.type(node.inputs[0]).shape)) ? Verdict::accept() : Verdict::refuse("reduced dims that are apart");
}

/// The layout of the result: the kept dims in the order they have in the input's memory.
Layout result_layout(const ops::Reduce& op, const Layout& in, const Shape& out) {
  std::vector<size_t> order;
  for (size_t d : in.memory_order()) {
    if (op.keep_dims) {
      order.push_back(d);
    } else if (!is_reduced(op, d)) {
      const auto before = std::count_if(op.axes.begin(), op.axes.end(), [&](int64_t a) { return a < static_cast<int64_t>(d); });
      order.push_back(d - static_cast<size_t>(before));
    }
  }
  return Layout::dense(out, order);
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Reduce>();
  Layout layout = b.in_layout(0);
  if (!layout.is_dense() || !split(op, layout)) layout = Layout::plain(layout.dims);
  TRY_ASSIGN(const Placed x, b.in(0, layout));
  const Blocks blocks = *split(op, layout);
  const Placed y = b.out(0, result_layout(op, layout, b.out_type().shape));
  const float scale = op.kind == ops::ReduceKind::kMean ? 1.0F / static_cast<float>(blocks.count) : 1.0F;
  const bool maximum = op.kind == ops::ReduceKind::kMax;
  b.emit(layout.text(), {x.ref, y.ref}, [=](const Frame& frame) -> Status {
    const auto* xs = frame.at<const float>(x.ref);
    auto* ys = frame.at<float>(y.ref);
    parallel_for(frame.threads, blocks.outer, [&](int64_t first, int64_t last) {
      for (int64_t o = first; o < last; ++o) {
        const float* from = xs + o * blocks.count * blocks.inner;
        float* to = ys + o * blocks.inner;
        if (maximum) {
          max_rows(from, blocks.count, blocks.inner, to);
        } else if (blocks.inner == 1) {
          *to = sum_line(from, blocks.count) * scale;
        } else {
          sum_rows(from, blocks.count, blocks.inner, scale, to);
        }
      }
    });
    return {};
  });
  return {};
}

REGISTER_BUILDER(Reduce, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
