#include "passes/decompose.h"

#include <algorithm>
#include <array>
#include <memory>

#include "ops/sequence/attention.h"
#include "ops/elementwise/cast.h"
#include "ops/normalization/channel_affine.h"
#include "ops/normalization/layer_norm.h"
#include "passes/constants.h"
#include "passes/parts.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

struct DecompositionRule {
  std::string_view id;
  Result<bool> (*apply)(ir::Graph&, ir::NodeId);
};
constexpr std::array kDecompositionRules = {
    DecompositionRule{ops::Attention::kId, decompose_attention},
    DecompositionRule{ops::LayerNorm::kId, decompose_layer_norm},
    DecompositionRule{ops::ChannelAffine::kId, decompose_channel_affine},
    DecompositionRule{ops::Unary::kId, decompose_unary},
};

}  // namespace

ir::ValueId Parts::add(ir::OpPtr op, std::vector<ir::ValueId> inputs) {
  if (!status_.ok()) return ir::kNone;
  auto value = graph_.add(std::move(op), std::move(inputs), origin_);
  if (value.ok()) return *value;
  status_ = value.status();
  return ir::kNone;
}

ir::ValueId Parts::constant(double value, ir::ValueId like) {
  if (!status_.ok()) return ir::kNone;
  auto made = make_floats({graph_.type(like).dtype, Shape{}}, std::array{value});
  if (made.ok()) return graph_.add_constant(*made);
  status_ = made.status();
  return ir::kNone;
}

bool Parts::fits(double value, ir::ValueId like) const { return make_floats({graph_.type(like).dtype, Shape{}}, std::array{value}).ok(); }

ir::ValueId Parts::cast(ir::ValueId x, DType to) {
  if (!status_.ok() || graph_.type(x).dtype == to) return x;
  auto op = std::make_shared<ops::Cast>();
  op->to = to;
  return add(std::move(op), {x});
}

Result<bool> Parts::finish(ir::ValueId y) {
  if (!status_.ok()) return status_;
  if (!(graph_.type(y) == graph_.type(output_))) return internal_error("decomposition of \"" + origin_ + "\" has another type");
  replace(graph_, output_, y);
  return true;
}

Result<bool> decompose(ir::Graph& graph, ir::NodeId node) {
  if (!known_types(graph, node)) return false;
  const std::string_view op = graph.node(node).op->id();
  const auto rule = std::find_if(kDecompositionRules.begin(), kDecompositionRules.end(), [&](const DecompositionRule& r) { return r.id == op; });
  return rule == kDecompositionRules.end() ? Result<bool>(false) : rule->apply(graph, node);
}

}  // namespace mindird::passes
