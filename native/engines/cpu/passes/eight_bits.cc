#include "engines/cpu/passes/eight_bits.h"

#include <algorithm>
#include <array>
#include <oneapi/dnnl/dnnl.hpp>

#include "ops/elementwise/quantize.h"
#include "ops/elementwise/unary.h"
#include "ops/linear/conv.h"
#include "ops/linear/matmul.h"
#include "ops/movement/concat.h"
#include "ops/movement/reshape.h"
#include "ops/movement/transpose.h"
#include "ops/normalization/softmax.h"
#include "ops/pooling/pool.h"

namespace mindird::engines::cpu {
namespace {

bool is_positive(const Constant& scale) {
  return std::ranges::all_of(scale.as<float>(), [](float s) { return s > 0; });
}

/// The dim of the weights that counts output channels, where this operator multiplies integers.
std::optional<size_t> channel_dim(const ir::Graph& graph, const ir::Node& node) {
  if (node.op->id() == ops::Conv::kId) return 0;
  const auto* matmul = ir::op_cast<ops::MatMul>(*node.op);
  if (!matmul || matmul->transpose_a || graph.type(node.inputs[1]).shape.rank() != 2) return std::nullopt;
  return matmul->transpose_b ? 0 : 1;
}

/// Constant integers and their scales along `dim`.
bool find_weights(const ir::Graph& graph, ir::ValueId value, size_t dim, EightBits& out) {
  const ir::NodeId id = graph.value(value).producer;
  const auto* op = id == ir::kNone ? nullptr : ir::op_cast<ops::Dequantize>(*graph.node(id).op);
  if (!op) return false;
  out.weights = graph.value(graph.node(id).inputs[0]).constant;
  const ConstantPtr& scale = graph.value(graph.node(id).inputs[1]).constant;
  if (!out.weights || !scale || !is_positive(*scale)) return false;
  if (scale->type().shape.rank() > 0 && normalize_axis(op->axis, graph.type(value).shape.rank()) != dim) return false;
  out.scales.assign(scale->as<float>().begin(), scale->as<float>().end());
  return true;
}

/// Products of one sum that 32 bits hold whatever the integers are.
constexpr int64_t kMostProducts = (int64_t{1} << 31) / (128 * 128) - 1;

constexpr size_t kMostNodes = 64;

bool is_never_negative(const ops::Unary& op) {
  constexpr std::array kKinds = {ops::UnaryKind::kRelu, ops::UnaryKind::kRelu6,  ops::UnaryKind::kSigmoid, ops::UnaryKind::kHardSigmoid,
                                 ops::UnaryKind::kExp,  ops::UnaryKind::kSquare, ops::UnaryKind::kSoftplus};
  return std::ranges::find(kKinds, op.kind) != kKinds.end() || (op.kind == ops::UnaryKind::kClip && op.alpha >= 0);
}

/// Whether the signs of an operator's first results are those of its operands.
bool keeps_signs(const ir::Op& op) {
  constexpr std::array kIds = {ops::Quantize::kId, ops::Dequantize::kId, ops::Pool::kId, ops::Concat::kId, ops::Reshape::kId, ops::Transpose::kId};
  return std::ranges::find(kIds, op.id()) != kIds.end();
}

}  // namespace

bool has_int8_products() {
  static const bool has = [] {
    const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
    const auto contains = [isa](dnnl::cpu_isa wanted) { return (isa & static_cast<unsigned>(wanted)) == static_cast<unsigned>(wanted); };
    return contains(dnnl::cpu_isa::avx512_core_vnni) || contains(dnnl::cpu_isa::avx2_vnni);
  }();
  return has;
}

std::optional<Codes> find_codes(const ir::Graph& graph, ir::ValueId value) {
  const ir::NodeId id = graph.value(value).producer;
  if (id == ir::kNone || graph.node(id).op->id() != ops::Dequantize::kId) return std::nullopt;
  const auto& inputs = graph.node(id).inputs;
  const ConstantPtr& scale = graph.value(inputs[1]).constant;
  if (!scale || scale->type().shape.rank() > 0 || !is_positive(*scale) || graph.is_constant(inputs[0])) return std::nullopt;
  return Codes{inputs[0], scale->as<float>()[0]};
}

std::optional<EightBits> find_eight_bits(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  if (!has_int8_products() || node.inputs.size() < 2) return std::nullopt;
  const auto dim = channel_dim(graph, node);
  const auto x = dim ? find_codes(graph, node.inputs[0]) : std::nullopt;
  EightBits out;
  if (!x || !find_weights(graph, node.inputs[1], *dim, out)) return std::nullopt;
  const Shape& weights = graph.type(node.inputs[1]).shape;
  if (weights.elements() == 0 || weights.elements() / weights[*dim] > kMostProducts) return std::nullopt;
  out.x = *x;
  if (node.inputs.size() > 2) {
    out.bias = graph.value(node.inputs[2]).constant;
    if (!out.bias || out.bias->type().dtype != DType::kF32) return std::nullopt;
  }
  for (const ir::ValueId v : {node.inputs[0], node.outputs[0]}) {
    if (!graph.type(v).shape.known() || graph.type(v).shape.elements() == 0) return std::nullopt;
  }
  return out;
}

bool reads_integers(const ir::Graph& graph, ir::NodeId id, bool narrows) {
  if (find_eight_bits(graph, id)) return true;
  const ir::Node& node = graph.node(id);
  const auto* pool = ir::op_cast<ops::Pool>(*node.op);
  const bool is_average = pool && pool->kind == ops::PoolKind::kAverage && narrows && has_int8_products();
  if (!is_average && node.op->id() != ops::Quantize::kId) return false;
  const TensorType& x = graph.type(node.inputs[0]);
  const TensorType& y = graph.type(node.outputs[0]);
  if (x.dtype != DType::kF32 || !x.shape.known() || !y.shape.known() || x.shape.elements() == 0 || y.shape.elements() == 0) return false;
  if (!is_average) {
    const ConstantPtr& scale = graph.value(node.inputs[1]).constant;
    if (!scale || scale->type().shape.rank() > 0) return false;
  }
  return find_codes(graph, node.inputs[0]).has_value();
}

bool never_negative(const ir::Graph& graph, ir::ValueId value) {
  std::vector<ir::ValueId> open = {value};
  for (size_t seen = 0; !open.empty(); ++seen) {
    const ir::NodeId id = graph.value(open.back()).producer;
    open.pop_back();
    if (id == ir::kNone || seen == kMostNodes) return false;
    const ir::Node& node = graph.node(id);
    const auto* unary = ir::op_cast<ops::Unary>(*node.op);
    if (node.op->id() == ops::Softmax::kId || (unary && is_never_negative(*unary))) continue;
    if (!keeps_signs(*node.op)) return false;
    const bool all = node.op->id() == ops::Concat::kId;
    open.insert(open.end(), node.inputs.begin(), all ? node.inputs.end() : node.inputs.begin() + 1);
  }
  return true;
}

}  // namespace mindird::engines::cpu
