// Zeros padded around the spatial dims before a convolution become the convolution's own padding, which needs no copy
// of the tensor.
//
//   x ── Pad{0, spatial dims} ── Conv        becomes        x ── Conv with larger pad_begin, pad_end
#include <algorithm>
#include <memory>

#include "ops/linear/conv.h"
#include "ops/movement/pad.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

constexpr int64_t kMostPadding = 1 << 20;

bool pads_spatial_zeros(const ops::Pad& op) {
  const auto not_negative = [](int64_t v) { return v >= 0; };
  return op.mode == ops::PadMode::kConstant && op.value == 0 && op.before.size() > 2 && op.before[0] == 0 && op.before[1] == 0 && op.after[0] == 0 &&
         op.after[1] == 0 && std::all_of(op.before.begin(), op.before.end(), not_negative) && std::all_of(op.after.begin(), op.after.end(), not_negative);
}

}  // namespace

Result<bool> fold_pad(ir::Graph& graph, PassContext&) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    const ir::Node node = graph.node(id);
    // A Pad's own sizes were checked against memory, so that the sums below cannot overflow.
    const auto* conv = ir::op_cast<ops::Conv>(*node.op);
    const auto* pad = conv ? produced_by<ops::Pad>(graph, node.inputs[0]) : nullptr;
    if (!pad || !pads_spatial_zeros(*pad)) return false;
    auto op = std::make_shared<ops::Conv>(*conv);
    for (size_t d = 0; d < op->pad_begin.size(); ++d) {
      op->pad_begin[d] += pad->before[d + 2];
      op->pad_end[d] += pad->after[d + 2];
      if (std::max(op->pad_begin[d], op->pad_end[d]) > kMostPadding) return false;
    }
    std::vector<ir::ValueId> inputs = node.inputs;
    inputs[0] = producer(graph, inputs[0]).inputs[0];
    TRY_ASSIGN(const ir::ValueId y, graph.add(std::move(op), std::move(inputs), node.origin));
    replace(graph, node.outputs[0], y);
    return true;
  });
}

}  // namespace mindird::passes
