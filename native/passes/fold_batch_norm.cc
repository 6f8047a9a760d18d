// Inference batch normalisation with constant statistics is one multiply-add per channel, with constants made now:
//
//   y = (x - mean) / sqrt(variance + epsilon) * scale + bias  =  x * a + b
//   a = scale / sqrt(variance + epsilon)      b = bias - mean * a
//
// The ChannelAffine that comes of it then folds into a neighbouring convolution or dense layer (fold_scale), or stays
// as it is.
#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "ops/normalization/batch_norm.h"
#include "ops/normalization/channel_affine.h"
#include "passes/constants.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

/// Scale, bias, mean and variance as doubles; nothing when one is not constant.
std::optional<std::array<std::vector<double>, 4>> parameters(const ir::Graph& graph, const ir::Node& node) {
  std::array<std::vector<double>, 4> out;
  for (size_t i = 0; i < out.size(); ++i) {
    const ir::ValueId v = node.inputs[i + 1];
    auto values = graph.is_constant(v) ? values_of(*graph.value(v).constant) : std::nullopt;
    if (!values) return std::nullopt;
    out[i] = std::move(*values);
  }
  return out;
}

}  // namespace

Result<bool> fold_batch_norm(ir::Graph& graph, PassContext& context) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    const ir::Node node = graph.node(id);
    const auto* op = ir::op_cast<ops::BatchNorm>(*node.op);
    if (!op) return false;
    auto constants = parameters(graph, node);
    if (!constants) return false;
    auto& [scale, bias, mean, variance] = *constants;
    for (size_t c = 0; c < scale.size(); ++c) {
      scale[c] /= std::sqrt(variance[c] + op->epsilon);
      bias[c] -= mean[c] * scale[c];
    }
    const TensorType& type = graph.type(node.inputs[1]);
    auto a = make_floats(type, scale);
    auto b = make_floats(type, bias);
    if (!a.ok() || !b.ok()) return false;
    auto affine = std::make_shared<ops::ChannelAffine>();
    affine->axis = 1;
    const ir::ValueId factor = graph.add_constant(context.share(*a), graph.value(node.inputs[1]).name);
    const ir::ValueId addend = graph.add_constant(context.share(*b), graph.value(node.inputs[2]).name);
    TRY_ASSIGN(const ir::ValueId y, graph.add(std::move(affine), {node.inputs[0], factor, addend}, node.origin));
    replace(graph, node.outputs[0], y);
    return true;
  });
}

}  // namespace mindird::passes
