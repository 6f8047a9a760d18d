#include "ops/cast.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// No operator gives bytes on TensorRT, so that those a cast reads are an input of its subgraph.
Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  if (graph.type(node.outputs[0]).dtype == DType::kU8) return Verdict::refuse("a cast to u8: TensorRT leaves numbers beyond its range undefined");
  if (graph.type(node.inputs[0]).dtype == DType::kU8 && graph.is_constant(node.inputs[0])) return Verdict::refuse("a constant of element type u8");
  return Verdict::accept();
}

/// Bytes become f32 or f16 and nothing else; f32 holds each of them, and the rest follows from that.
Status build(NodeBuilder& b) {
  const DType to = b.output_type().dtype;
  trt::ITensor* x = b.input(0);
  if (b.type(0).dtype == DType::kU8 && to != DType::kF16) x = b.cast(x, DType::kF32);
  return b.finish(b.cast(x, to));
}

REGISTER_BUILDER(Cast, {.supports = supports, .build = build, .bytes = true});

}  // namespace
}  // namespace mindird::engines::tensorrt
