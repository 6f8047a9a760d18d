//   Attention(q, k, v, mask)        becomes        MatMul(Softmax(MatMul(q, kᵀ) · scale + mask), v)
#include <memory>

#include "ops/sequence/attention.h"
#include "ops/linear/matmul.h"
#include "ops/normalization/softmax.h"
#include "passes/parts.h"

namespace mindird::passes {

Result<bool> decompose_attention(ir::Graph& graph, ir::NodeId id) {
  const ir::Node node = graph.node(id);
  const double scale = static_cast<const ops::Attention&>(*node.op).scale;
  Parts parts(graph, id);
  auto product = std::make_shared<ops::MatMul>();
  product->transpose_b = true;
  ir::ValueId scores = parts.add(std::move(product), {node.inputs[0], node.inputs[1]});
  if (scale != 1) scores = parts.binary(ops::BinaryKind::kMul, scores, scale);
  if (node.inputs.size() > 3) scores = parts.binary(ops::BinaryKind::kAdd, scores, node.inputs[3]);
  const ir::ValueId probabilities = parts.add(std::make_shared<ops::Softmax>(), {scores});
  return parts.finish(parts.add(std::make_shared<ops::MatMul>(), {probabilities, node.inputs[2]}));
}

}  // namespace mindird::passes
