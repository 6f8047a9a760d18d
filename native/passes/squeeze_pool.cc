// Pooling over three dims of which some are 1 and stay 1 is pooling over the others: how exporters write padded 2-D
// pooling.
//
//   x[N,C,1,H,W] ── Pool{1×k×k}        becomes        Reshape [N,C,H,W] ── Pool{k×k} ── Reshape [N,C,1,H',W']
//
// The Reshapes cost nothing and mostly merge with those that made the third dim. Two dims always remain.
#include <memory>
#include <vector>

#include "ops/pooling/pool.h"
#include "ops/movement/reshape.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

/// The spatial dims that must stay.
std::vector<size_t> needed_dims(const ops::Pool& op, const Shape& x, const Shape& y) {
  std::vector<size_t> out;
  for (size_t d = 0; d < op.kernel.size(); ++d) {
    const bool unit = x[d + 2] == 1 && y[d + 2] == 1 && op.kernel[d] == 1 && op.pad_begin[d] == 0 && op.pad_end[d] == 0;
    const size_t left = op.kernel.size() - d - 1;
    if (!unit || out.size() + left < 2) out.push_back(d);
  }
  return out;
}

std::vector<int64_t> pick(const std::vector<int64_t>& values, const std::vector<size_t>& dims) {
  std::vector<int64_t> out;
  for (const size_t d : dims) out.push_back(values[d]);
  return out;
}

ir::OpPtr reshape_to(std::vector<int64_t> shape) {
  auto op = std::make_shared<ops::Reshape>();
  op->shape = std::move(shape);
  return op;
}

}  // namespace

Result<bool> squeeze_pool(ir::Graph& graph, PassContext&) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    const ir::Node node = graph.node(id);
    const auto* pool = ir::op_cast<ops::Pool>(*node.op);
    if (!pool || pool->kernel.size() != 3) return false;
    const Shape x = graph.type(node.inputs[0]).shape;
    const Shape y = graph.type(node.outputs[0]).shape;
    const std::vector<size_t> dims = needed_dims(*pool, x, y);
    if (dims.size() == 3) return false;
    auto op = std::make_shared<ops::Pool>(*pool);
    op->kernel = pick(pool->kernel, dims);
    op->stride = pick(pool->stride, dims);
    op->dilation = pick(pool->dilation, dims);
    op->pad_begin = pick(pool->pad_begin, dims);
    op->pad_end = pick(pool->pad_end, dims);
    std::vector<int64_t> squeezed = {x[0], x[1]};
    for (const size_t d : dims) squeezed.push_back(x[d + 2]);
    TRY_ASSIGN(const ir::ValueId flat, graph.add(reshape_to(std::move(squeezed)), {node.inputs[0]}, node.origin));
    TRY_ASSIGN(const ir::ValueId pooled, graph.add(std::move(op), {flat}, node.origin));
    TRY_ASSIGN(const ir::ValueId result, graph.add(reshape_to(y.vector()), {pooled}, node.origin));
    replace(graph, node.outputs[0], result);
    return true;
  });
}

}  // namespace mindird::passes
