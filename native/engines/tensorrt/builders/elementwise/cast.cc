#include "ops/elementwise/cast.h"

#include "base/strings.h"
#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// No operator gives bytes on TensorRT, so that those a cast reads are an input of its subgraph.
Verdict supports_bytes(const ir::Graph& graph, const ir::Node& node) {
  if (graph.type(node.outputs[0]).dtype == DType::kU8) return Verdict::refuse("a cast to u8: TensorRT leaves numbers beyond its range undefined");
  if (graph.type(node.inputs[0]).dtype == DType::kU8 && graph.is_constant(node.inputs[0])) return Verdict::refuse("a constant of element type u8");
  return Verdict::accept();
}

/// Whoever reads 8-bit integers here does so on another engine, as Dequantize takes those of Quantize alone.
Verdict supports_eight_bits(const ir::Graph& graph, const ir::Node& node) {
  const DType from = graph.type(node.inputs[0]).dtype;
  if (from == DType::kI8) return Verdict::refuse("element type i8 outside Quantize and Dequantize");
  if (graph.type(node.outputs[0]).dtype != DType::kI8 || from == DType::kBool) return Verdict::accept();
  if (from == DType::kU8) return Verdict::refuse("a cast of u8 to i8, which wraps around");
  Verdict verdict = floating_input(graph, node);
  if (!verdict.yes) verdict.why = str("a cast of ", dtype_name(from), " to i8: TensorRT does not say what integers beyond its range become");
  return verdict;
}

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  Verdict verdict = supports_bytes(graph, node);
  return verdict.yes ? supports_eight_bits(graph, node) : verdict;
}

/// TensorRT casts numbers of a type's range and says nothing of others: those, NaN among them, become the type's least one, as the operator has it. No
/// half is beyond i32, and as a half the bound is infinity.
trt::ITensor* truncate(NodeBuilder& b, trt::ITensor* x, DType to) {
  const DType from = b.type(0).dtype;
  const size_t rank = b.rank(0);
  const double beyond = to == DType::kI64 ? 0x1p63 : 0x1p31;
  trt::ITensor* fits = b.binary(b.unary(x, trt::UnaryOperation::kABS), b.scalar(beyond, from, rank), trt::ElementWiseOperation::kLESS);
  return b.select(fits, b.cast(b.select(fits, x, b.scalar(0, from, rank)), to), b.scalar(-beyond, to, rank));
}

/// The low eight bits of the number as i32, as a number from -128 to 127.
trt::ITensor* to_eight_bits(NodeBuilder& b, trt::ITensor* x) {
  const size_t rank = b.rank(0);
  const auto number = [&](double value) { return b.scalar(value, DType::kI32, rank); };
  using Operation = trt::ElementWiseOperation;
  trt::ITensor* whole = truncate(b, x, DType::kI32);
  trt::ITensor* multiples = b.binary(b.binary(whole, number(256), Operation::kFLOOR_DIV), number(256), Operation::kPROD);
  trt::ITensor* low = b.binary(whole, multiples, Operation::kSUB);
  trt::ITensor* upper_half = b.binary(low, number(127), Operation::kGREATER);
  return b.cast(b.select(upper_half, b.binary(low, number(256), Operation::kSUB), low), DType::kI8);
}

/// Bytes become f32 or f16 and nothing else; f32 holds each of them, and the rest follows from that.
Status build(NodeBuilder& b) {
  const DType to = b.output_type().dtype;
  trt::ITensor* x = b.input(0);
  if (x && x->getType() == *trt_type(to)) return b.finish(x);
  if (to == DType::kI8 && b.type(0).dtype != DType::kBool) return b.finish(to_eight_bits(b, x));
  const bool floating = !is_integer(b.type(0).dtype) && b.type(0).dtype != DType::kBool;
  if (floating && (to == DType::kI32 || to == DType::kI64)) return b.finish(truncate(b, x, to));
  if (b.type(0).dtype == DType::kU8 && to != DType::kF16) x = b.cast(x, DType::kF32);
  return b.finish(b.cast(x, to));
}

REGISTER_BUILDER(Cast, {.supports = supports, .build = build, .eight_bits = true, .bytes = true});

}  // namespace
}  // namespace mindird::engines::tensorrt
