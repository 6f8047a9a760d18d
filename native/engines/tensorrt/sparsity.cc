#include "engines/tensorrt/sparsity.h"

#include <cstdint>
#include <cstring>

#include "ops/elementwise/cast.h"
#include "ops/linear/conv.h"
#include "ops/linear/matmul.h"
#include "ops/elementwise/quantize.h"

namespace mindird::engines::tensorrt {
namespace {

/// Zero; of floating types zero of either sign.
template <class Bits>
bool is_zero(const std::byte* element) {
  Bits bits;
  std::memcpy(&bits, element, sizeof bits);
  return sizeof bits == 1 ? bits == 0 : static_cast<Bits>(bits << 1U) == 0;
}

/// At least two zeros in every four elements along `axis`.
template <class Bits>
bool two_of_four(const Constant& weights, size_t axis) {
  const Shape& shape = weights.type().shape;
  int64_t inner = 1;
  for (size_t d = axis + 1; d < shape.rank(); ++d) inner *= shape[d];
  const std::byte* const data = weights.bytes().data();
  const auto at = [&](int64_t element) { return data + element * static_cast<int64_t>(sizeof(Bits)); };
  // Groups never cross the end of the axis, whose size is a multiple of four.
  const int64_t step = 4 * inner;
  for (int64_t group = 0; group < shape.elements(); group += step) {
    for (int64_t i = 0; i < inner; ++i) {
      int zeros = 0;
      for (int64_t k = 0; k < 4; ++k) zeros += is_zero<Bits>(at(group + k * inner + i)) ? 1 : 0;
      if (zeros < 2) return false;
    }
  }
  return true;
}

bool qualifies(const Constant& weights, size_t axis) {
  if (weights.type().shape[axis] % 4 != 0 || weights.type().shape.elements() == 0) return false;
  switch (weights.type().dtype) {
    case DType::kF32: return two_of_four<uint32_t>(weights, axis);
    case DType::kF16:
    case DType::kBF16: return two_of_four<uint16_t>(weights, axis);
    case DType::kI8: return two_of_four<uint8_t>(weights, axis);
    default: return false;
  }
}

/// The constant a value is made of by operators that keep every zero where it is; null where it is not.
const Constant* constant_behind(const ir::Graph& graph, ir::ValueId v) {
  while (!graph.value(v).constant) {
    if (graph.value(v).producer == ir::kNone) return nullptr;
    const ir::Node& node = graph.node(graph.value(v).producer);
    const std::string_view id = node.op->id();
    if (id != ops::Cast::kId && id != ops::Quantize::kId && id != ops::Dequantize::kId) return nullptr;
    v = node.inputs[0];
  }
  return graph.value(v).constant.get();
}

}  // namespace

Sparsity count_sparse(const ir::Graph& graph) {
  Sparsity out;
  const auto count = [&](ir::ValueId weights, size_t axis) {
    const Constant* constant = constant_behind(graph, weights);
    if (!constant) return;
    ++out.products;
    out.sparse += qualifies(*constant, axis) ? 1 : 0;
  };
  for (ir::NodeId n : graph.topological_order()) {
    const ir::Node& node = graph.node(n);
    if (ir::op_cast<ops::Conv>(*node.op)) count(node.inputs[1], 1);
    if (const auto* product = ir::op_cast<ops::MatMul>(*node.op)) {
      const size_t rank_a = graph.type(node.inputs[0]).shape.rank();
      const size_t rank_b = graph.type(node.inputs[1]).shape.rank();
      count(node.inputs[0], product->transpose_a ? rank_a - 2 : rank_a - 1);
      count(node.inputs[1], product->transpose_b ? rank_b - 1 : rank_b - 2);
    }
  }
  return out;
}

}  // namespace mindird::engines::tensorrt
