// Reduce: the reduced dims lie side by side in memory, as in global pooling of channels-last memory and in rows of matrices, or are brought together by a copy.
// Sums, means and maxima of f32 have kernels of their own; the others fold lines as the operator does.
#include "ops/reduction/reduce.h"

#include <algorithm>

#include "engines/cpu/base/lines.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/kernels/fold.h"
#include "engines/cpu/kernels/sum_rows.h"

namespace mindird::engines::cpu {
namespace {

bool is_reduced(const ops::Reduce& op, size_t d) { return std::find(op.axes.begin(), op.axes.end(), static_cast<int64_t>(d)) != op.axes.end(); }

/// Dense memory as [outer kept][reduced][inner kept], or nothing when reduced dims are apart.
std::optional<ops::AxisView> split(const ops::Reduce& op, const Layout& layout) {
  ops::AxisView blocks;
  int state = 0;  // 0 outer, 1 reduced, 2 inner
  for (size_t d : layout.memory_order()) {
    const int64_t size = layout.dims[d];
    if (size == 1) continue;
    if (is_reduced(op, d)) {
      if (state == 2) return std::nullopt;
      state = 1;
      blocks.size *= size;
    } else {
      if (state == 1) state = 2;
      (state == 0 ? blocks.outer : blocks.inner) *= size;
    }
  }
  return blocks;
}

/// The kept dims in their order in memory, then the reduced ones.
Layout reduced_last(const ops::Reduce& op, const Layout& layout) {
  std::vector<size_t> order = layout.memory_order();
  std::stable_partition(order.begin(), order.end(), [&](size_t d) { return !is_reduced(op, d); });
  return Layout::dense(layout.dims, order);
}

/// Whether vectors of floats are added up or compared.
bool has_vectors(const ops::Reduce& op, DType dtype) {
  using Kind = ops::ReduceKind;
  return dtype == DType::kF32 && (op.kind == Kind::kSum || op.kind == Kind::kMean || op.kind == Kind::kMax);
}

Verdict supports(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  const auto kind = static_cast<const ops::Reduce&>(*node.op).kind;
  return find_fold(kind, graph.type(node.inputs[0]).dtype) ? Verdict::accept() : Verdict::refuse("no kernel for this reduction");
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

void emit_vectors(NodeBuilder& b, const ops::AxisView& blocks, const Placed& x, const Placed& y) {
  const auto kind = b.op<ops::Reduce>().kind;
  const float scale = kind == ops::ReduceKind::kMean ? 1.0F / static_cast<float>(blocks.size) : 1.0F;
  const bool maximum = kind == ops::ReduceKind::kMax;
  b.emit(x.layout.text(), {x.ref, y.ref}, [=, x = x.ref, y = y.ref](const Frame& frame) -> Status {
    const auto* xs = frame.at<const float>(x);
    auto* ys = frame.at<float>(y);
    parallel_for(frame.threads, blocks.outer, [&](int64_t first, int64_t last) {
      for (int64_t o = first; o < last; ++o) {
        const float* from = xs + o * blocks.size * blocks.inner;
        float* to = ys + o * blocks.inner;
        if (maximum) {
          max_rows(from, blocks.size, blocks.inner, to);
        } else if (blocks.inner == 1) {
          *to = sum_line(from, blocks.size) * scale;
        } else {
          sum_rows(from, blocks.size, blocks.inner, scale, to);
        }
      }
    });
    return {};
  });
}

void emit_folds(NodeBuilder& b, const ops::AxisView& view, const Placed& x, const Placed& y) {
  const FoldKernel fold = find_fold(b.op<ops::Reduce>().kind, x.dtype);
  const auto width = static_cast<int64_t>(dtype_size(x.dtype));
  b.emit("lines", {x.ref, y.ref}, [=, x = x.ref, y = y.ref, blocks = LineBlocks(view)](const Frame& frame) -> Status {
    parallel_for(frame.threads, blocks.count(), [&](int64_t begin, int64_t end) {
      blocks.for_blocks(begin, end, [&](int64_t outer, int64_t first, int64_t lanes) {
        const std::byte* from = frame.at(x) + (outer * view.size * view.inner + first) * width;
        fold({from, frame.at(y) + (outer * view.inner + first) * width, view.size, view.inner, lanes});
      });
    });
    return {};
  });
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Reduce>();
  Layout layout = b.in_layout(0);
  if (!layout.is_dense()) layout = Layout::plain(layout.dims);
  if (!split(op, layout)) layout = reduced_last(op, layout);
  TRY_ASSIGN(const Placed x, b.in(0, layout));
  const Placed y = b.out(0, result_layout(op, layout, b.out_type().shape));
  if (has_vectors(op, x.dtype)) {
    emit_vectors(b, *split(op, layout), x, y);
  } else {
    emit_folds(b, *split(op, layout), x, y);
  }
  return {};
}

REGISTER_BUILDER(Reduce, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
