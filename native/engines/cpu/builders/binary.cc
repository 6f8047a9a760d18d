// Binary: own kernels over the operands' own strides, any broadcast.
#include "engines/cpu/builders/binary.h"

#include "engines/cpu/builders.h"
#include "engines/cpu/kernels/elementwise.h"
#include "engines/cpu/loop_nest.h"
#include "engines/cpu/stream.h"

namespace mindird::engines::cpu {
namespace {

std::optional<Arithmetic> find_kernel(ops::BinaryKind kind) {
  switch (kind) {
    case ops::BinaryKind::kAdd: return Arithmetic::kAdd;
    case ops::BinaryKind::kSub: return Arithmetic::kSub;
    case ops::BinaryKind::kMul: return Arithmetic::kMul;
    case ops::BinaryKind::kDiv: return Arithmetic::kDiv;
    case ops::BinaryKind::kMaximum: return Arithmetic::kMaximum;
    case ops::BinaryKind::kMinimum: return Arithmetic::kMinimum;
    case ops::BinaryKind::kSquaredDifference: return Arithmetic::kSquaredDifference;
    default: return std::nullopt;
  }
}

Verdict supports(const ir::Graph& graph, ir::NodeId node) {
  if (!all_f32(graph, node)) return Verdict::refuse("element types other than f32");
  const auto& op = static_cast<const ops::Binary&>(*graph.node(node).op);
  return find_kernel(op.kind) ? Verdict::accept() : Verdict::refuse("no kernel for this function");
}

Status build(NodeBuilder& b) {
  TRY_ASSIGN(const Placed x, b.in(0));
  TRY_ASSIGN(const Placed z, b.in(1));
  const Layout layout = b.optimize() ? common_layout(b.out_type().shape, {x.layout, z.layout}) : Layout::plain(b.out_type().shape);
  emit_arithmetic(b, b.op<ops::Binary>().kind, x, z, b.out(0, layout));
  return {};
}

REGISTER_BUILDER(Binary, {.supports = supports, .build = build});

}  // namespace

void emit_arithmetic(NodeBuilder& b, ops::BinaryKind kind, const Placed& a, const Placed& z, const Placed& y) {
  const LoopNest nest(y.layout, {a.layout, z.layout});
  const Arithmetic kernel = *find_kernel(kind);
  b.emit(y.layout.text(), {a.ref, z.ref, y.ref}, [nest, kernel, a = a.ref, z = z.ref, y = y.ref](const Frame& frame) -> Status {
    const auto* as = frame.at<const float>(a);
    const auto* zs = frame.at<const float>(z);
    auto* ys = frame.at<float>(y);
    parallel_for(frame.threads, nest.runs(), [&](int64_t first, int64_t last) {
      nest.for_runs(first, last, [&](const Offsets& o) {
        arithmetic_run(kernel, {as + o[1], zs + o[2], ys + o[0], nest.run_step(1), nest.run_step(2), nest.run_length()});
      });
    });
    return {};
  });
}

}  // namespace mindird::engines::cpu
