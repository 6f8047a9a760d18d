// ScatterNd and ScatterElements: TensorRT's scatter layer replaces elements, and leaves open what two writes to one element give. So the positions are
// constants of the model, each written once.
#include <algorithm>
#include <vector>

#include "base/strings.h"
#include "engines/tensorrt/builders.h"
#include "ops/indexing/support_index.h"
#include "ops/scatter/scatter_elements.h"
#include "ops/scatter/scatter_nd.h"

namespace mindird::engines::tensorrt {
namespace {

using ops::ScatterKind;

/// Every number of a constant of i32 or i64; others are no indices.
std::vector<int64_t> numbers(const Constant& constant) {
  const Tensor view = constant.view();
  std::vector<int64_t> out;
  if (view.dtype() == DType::kI32) {
    const auto values = view.as<const int32_t>();
    out.assign(values.begin(), values.end());
  } else if (view.dtype() == DType::kI64) {
    const auto values = view.as<const int64_t>();
    out.assign(values.begin(), values.end());
  }
  return out;
}

/// The slice or element that each write goes to; nothing where a position lies outside or counts from the end.
std::optional<std::vector<int64_t>> slices(const std::vector<int64_t>& indices, const Shape& x, int64_t depth) {
  std::vector<int64_t> out;
  for (size_t i = 0; i < indices.size(); i += static_cast<size_t>(depth)) {
    int64_t address = 0;
    for (int64_t k = 0; k < depth; ++k) {
      const int64_t at = indices[i + static_cast<size_t>(k)];
      const int64_t size = x[static_cast<size_t>(k)];
      if (at < 0 || at >= size) return std::nullopt;
      address = address * size + at;
    }
    out.push_back(address);
  }
  return out;
}

std::optional<std::vector<int64_t>> elements(const std::vector<int64_t>& indices, const Shape& x, const Shape& updates, size_t axis) {
  std::vector<int64_t> out;
  for (size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < 0 || indices[i] >= x[axis]) return std::nullopt;
    int64_t address = 0;
    int64_t below = updates.elements();
    for (size_t d = 0; d < x.rank(); ++d) {
      below /= updates[d];
      const int64_t own = static_cast<int64_t>(i) / below % updates[d];
      address = address * x[d] + (d == axis ? indices[i] : own);
    }
    out.push_back(address);
  }
  return out;
}

/// Accepts positions that are written once each.
Verdict written_once(std::optional<std::vector<int64_t>> addresses) {
  if (!addresses) return Verdict::refuse("positions that count from the end or lie outside");
  std::sort(addresses->begin(), addresses->end());
  const bool twice = std::adjacent_find(addresses->begin(), addresses->end()) != addresses->end();
  return twice ? Verdict::refuse("TensorRT leaves open which of two writes to one element stays") : Verdict::accept();
}

/// What both operators share; accepts when only the positions remain to be looked at.
Verdict replaces_at_constants(const ir::Graph& graph, const ir::Node& node, ScatterKind kind) {
  if (kind != ScatterKind::kUpdate) return Verdict::refuse("TensorRT's scatter layer replaces elements and does not combine them with those that are there");
  if (Verdict types = input_type_among(graph, node, {DType::kF32, DType::kF16, DType::kBF16, DType::kI32, DType::kI64}); !types.yes) return types;
  if (!graph.value(node.inputs[1]).constant)
    return Verdict::refuse("positions known only at run time may repeat, and TensorRT leaves open which of two writes stays");
  return Verdict::accept();
}

Verdict supports_slices(const ir::Graph& graph, const ir::Node& node) {
  if (Verdict general = replaces_at_constants(graph, node, static_cast<const ops::ScatterNd&>(*node.op).kind); !general.yes) return general;
  const Shape& indices = graph.type(node.inputs[1]).shape;
  return written_once(slices(numbers(*graph.value(node.inputs[1]).constant), graph.type(node.inputs[0]).shape, indices[indices.rank() - 1]));
}

Verdict supports_elements(const ir::Graph& graph, const ir::Node& node) {
  const auto& op = static_cast<const ops::ScatterElements&>(*node.op);
  if (Verdict general = replaces_at_constants(graph, node, op.kind); !general.yes) return general;
  const Shape& x = graph.type(node.inputs[0]).shape;
  return written_once(elements(numbers(*graph.value(node.inputs[1]).constant), x, graph.type(node.inputs[2]).shape, *normalize_axis(op.axis, x.rank())));
}

Status build_layer(NodeBuilder& b, trt::ScatterMode mode, int32_t axis) {
  trt::ITensor* x = b.input(0);
  trt::ITensor* indices = b.input(1);
  trt::ITensor* updates = b.input(2);
  trt::IScatterLayer* layer = x && indices && updates ? b.network().addScatter(*x, *indices, *updates, mode) : nullptr;
  if (layer && mode == trt::ScatterMode::kELEMENT) layer->setAxis(axis);
  return b.finish(layer);
}

Status build_slices(NodeBuilder& b) { return build_layer(b, trt::ScatterMode::kND, 0); }
Status build_elements(NodeBuilder& b) {
  return build_layer(b, trt::ScatterMode::kELEMENT, static_cast<int32_t>(*normalize_axis(b.op<ops::ScatterElements>().axis, b.rank(0))));
}

REGISTER_BUILDER(ScatterNd, {.supports = supports_slices, .build = build_slices});
REGISTER_BUILDER(ScatterElements, {.supports = supports_elements, .build = build_elements});

}  // namespace
}  // namespace mindird::engines::tensorrt
