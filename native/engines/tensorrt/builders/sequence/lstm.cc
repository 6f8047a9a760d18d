// A short LSTM as its steps one after the other: the products with the inputs of all steps at once, then for each step
//
//   i, f, g, o = parts of x_t W_input + bias + h W_hidden;  c = sigmoid(f) c + sigmoid(i) tanh(g);  h = sigmoid(o) tanh(c)
#include "ops/sequence/lstm.h"

#include <tuple>

#include "base/strings.h"
#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// About a dozen layers a step: more steps make networks that take long to build.
constexpr int64_t kMostSteps = 64;

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  const int64_t steps = graph.type(node.inputs[0]).shape[0];
  if (steps > kMostSteps) return Verdict::refuse(str(steps, " steps, at most ", kMostSteps, " are unrolled"));
  return floating_input(graph, node);
}

struct Steps {
  NodeBuilder& b;
  int64_t rows = 0;
  int64_t hidden = 0;

  trt::ITensor* product(trt::ITensor* x, size_t weights) const {
    trt::ITensor* w = b.input_of_rank(weights, 3);
    return x && w ? b.output_of(b.network().addMatrixMultiply(*x, trt::MatrixOperation::kNONE, *w, trt::MatrixOperation::kTRANSPOSE)) : nullptr;
  }
  trt::ITensor* part(trt::ITensor* x, int64_t step, int64_t from, int64_t size) const {
    trt::Dims start = trt_filled(3, 0);
    start.d[0] = step;
    start.d[2] = from;
    return b.output_of(b.slice(x, start, Shape{1, rows, size}, trt_filled(3, 1)));
  }
  trt::ITensor* times(trt::ITensor* x, trt::ITensor* y) const { return b.binary(x, y, trt::ElementWiseOperation::kPROD); }
  trt::ITensor* plus(trt::ITensor* x, trt::ITensor* y) const { return b.binary(x, y, trt::ElementWiseOperation::kSUM); }

  /// One step: the new h and c.
  std::pair<trt::ITensor*, trt::ITensor*> run(trt::ITensor* from_inputs, int64_t step, trt::ITensor* h, trt::ITensor* c) const {
    using Type = trt::ActivationType;
    trt::ITensor* all = plus(part(from_inputs, step, 0, 4 * hidden), product(h, 4));
    const auto gate = [&](int64_t index, Type type) { return b.activation(part(all, 0, index * hidden, hidden), type); };
    c = plus(times(gate(1, Type::kSIGMOID), c), times(gate(0, Type::kSIGMOID), gate(2, Type::kTANH)));
    return {times(gate(3, Type::kSIGMOID), b.activation(c, Type::kTANH)), c};
  }
};

Status build(NodeBuilder& b) {
  const Shape& shape = b.type(0).shape;
  if (b.grows(shape[0])) return unsupported("the number of steps grows with the batch");
  const Steps steps{b, shape[1], b.op<ops::Lstm>().hidden_size};
  trt::ITensor* from_inputs = steps.plus(steps.product(b.input(0), 3), b.input_of_rank(5, 3));
  trt::ITensor* h = b.input(1);
  trt::ITensor* c = b.input(2);
  std::vector<trt::ITensor*> outputs;
  for (int64_t t = 0; t < shape[0]; ++t) {
    std::tie(h, c) = steps.run(from_inputs, t, h, c);
    if (!h || !c) return b.finish(h);
    outputs.push_back(h);
  }
  trt::IConcatenationLayer* joined = b.network().addConcatenation(outputs.data(), static_cast<int32_t>(outputs.size()));
  if (joined) joined->setAxis(0);
  b.set_output(1, h);
  b.set_output(2, c);
  return b.finish(joined);
}

REGISTER_BUILDER(Lstm, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
