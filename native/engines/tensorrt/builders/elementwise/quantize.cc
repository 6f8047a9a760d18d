#include "ops/elementwise/quantize.h"

#include <optional>

#include "base/strings.h"
#include "engines/tensorrt/builders.h"
#include "ops/elementwise/cast.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict scale_verdict(const ir::Graph& graph, const ir::Node& node) {
  const Constant* scale = graph.value(node.inputs[1]).constant.get();
  if (!scale) return Verdict::refuse("the scale is computed, TensorRT wants a constant");
  for (float s : scale->as<float>()) {
    if (!(s > 0)) return Verdict::refuse(str("a scale of ", s, ", TensorRT wants positive ones"));
  }
  return Verdict::accept();
}

/// TensorRT's 8-bit tensors live between Quantize and Dequantize alone.
Verdict supports_quantize(const ir::Graph& graph, const ir::Node& node) {
  for (const ir::Use& use : graph.value(node.outputs[0]).uses) {
    const ir::Node& reader = graph.node(use.node);
    if (reader.op->id() != ops::Dequantize::kId) return Verdict::refuse("an operator other than Dequantize reads the 8-bit integers");
    if (Verdict verdict = scale_verdict(graph, reader); !verdict.yes) return verdict;
  }
  if (graph.is_output(node.outputs[0])) return Verdict::refuse("the 8-bit integers are an output");
  return scale_verdict(graph, node);
}

Verdict supports_dequantize(const ir::Graph& graph, const ir::Node& node) {
  const ir::Value& q = graph.value(node.inputs[0]);
  const bool quantised = q.producer != ir::kNone && graph.node(q.producer).op->id() == ops::Quantize::kId;
  if (!quantised && !q.constant) return Verdict::refuse("the 8-bit integers come from elsewhere than Quantize");
  if (quantised) {
    if (Verdict verdict = supports_quantize(graph, graph.node(q.producer)); !verdict.yes) return verdict;
  }
  return scale_verdict(graph, node);
}

template <class Op, class Layer>
Status set_axis(NodeBuilder& b, Layer* layer) {
  // A single scale has no axis.
  if (layer && b.rank(1) > 0) layer->setAxis(static_cast<int32_t>(*normalize_axis(b.op<Op>().axis, b.rank(0))));
  return b.finish(layer);
}

Status build_quantize(NodeBuilder& b) {
  trt::ITensor* x = b.input(0);
  trt::ITensor* scale = b.input(1);
  if (!x || !scale) return b.finish(x ? scale : x);
  return set_axis<ops::Quantize>(b, b.network().addQuantize(*x, *scale, trt::DataType::kINT8));
}

/// What all readers cast the numbers to, if they do, else f32: a dequantisation to the type of the product behind it is what TensorRT fuses with it. The
/// cast builder leaves out casts to the type a tensor has. A scale of kFLOAT goes with each type (NvInfer.h, addDequantize).
trt::DataType readers_type(const NodeBuilder& b) {
  const ir::Graph& graph = b.graph();
  const ir::ValueId out = b.node().outputs[0];
  std::optional<DType> common;
  for (const ir::Use& use : graph.value(out).uses) {
    const ir::Node& reader = graph.node(use.node);
    if (reader.op->id() != ops::Cast::kId) return trt::DataType::kFLOAT;
    const DType to = graph.type(reader.outputs[0]).dtype;
    if (common.value_or(to) != to) return trt::DataType::kFLOAT;
    common = to;
  }
  const bool half = common == DType::kF16 || common == DType::kBF16;
  return half && !graph.is_output(out) ? *trt_type(*common) : trt::DataType::kFLOAT;
}

Status build_dequantize(NodeBuilder& b) {
  trt::ITensor* q = b.input(0);
  trt::ITensor* scale = b.input(1);
  if (!q || !scale) return b.finish(q ? scale : q);
  return set_axis<ops::Dequantize>(b, b.network().addDequantize(*q, *scale, readers_type(b)));
}

REGISTER_BUILDER(Quantize, {.supports = supports_quantize, .build = build_quantize, .eight_bits = true});
REGISTER_BUILDER(Dequantize, {.supports = supports_dequantize, .build = build_dequantize, .eight_bits = true});

}  // namespace
}  // namespace mindird::engines::tensorrt
