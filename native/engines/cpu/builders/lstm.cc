// Lstm: the product of the input weights with all steps of all samples at once, by oneDNN; then step by step the product of the recurrent weights, packed in
// panels, with the few rows of hidden states, and the gates. Samples do not touch each other: threads share them where there are enough, else the
// panels of every step.
#include "ops/sequence/lstm.h"

#include <algorithm>
#include <cstring>

#include "base/strings.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/conv_common.h"
#include "engines/cpu/emit/post_ops.h"
#include "engines/cpu/kernels/advance_lstm.h"
#include "engines/cpu/kernels/dense_panels.h"

namespace mindird::engines::cpu {
namespace {

constexpr int64_t kWidth = 64;
/// Multiply-adds of one step below which its panels are not worth sharing among threads: they wait for each other twice a step.
constexpr int64_t kLeastSharedStep = 500000;

enum Input : size_t { kX, kHidden, kCell, kInputWeights, kHiddenWeights, kBias };

struct Sizes {
  int64_t steps, batch, width, hidden;
  int64_t gates() const { return 4 * hidden; }
  int64_t panels() const { return (gates() + kWidth - 1) / kWidth; }
  /// Elements of a step of the states.
  int64_t state() const { return batch * hidden; }
};

struct Refs {
  Ref h0, c0, gates, weights, y, h, c;
};

Verdict supports(const ir::Graph& graph, ir::NodeId id) {
  if (!all_f32(graph, id)) return Verdict::refuse("element types other than f32");
  return graph.is_constant(graph.node(id).inputs[kHiddenWeights]) ? Verdict::accept() : Verdict::refuse("weights that are computed");
}

/// gates[step][sample] = w_input x + bias
Result<Ref> emit_input_product(NodeBuilder& b, const Sizes& s) {
  const Layout given{{s.width, s.gates()}, {1, s.width}};
  const dnnl::memory::desc source = describe(DType::kF32, Layout::plain({s.steps * s.batch, s.width}));
  const dnnl::memory::desc target = describe(DType::kF32, Layout::plain({s.steps * s.batch, s.gates()}));
  const dnnl::memory::desc bias = describe(DType::kF32, Layout::plain({1, s.gates()}));
  const dnnl::memory::desc weights = b.optimize() ? any_layout(given.dims) : describe(DType::kF32, given);
  const dnnl::matmul::primitive_desc pd(device(), source, weights, bias, target, strict_attributes());
  std::vector<PrimitiveArg> args;
  TRY(add_weights(b, kInputWeights, given, pd.weights_desc(), args));
  TRY_ASSIGN(const Placed x, b.in_plain(kX));
  TRY_ASSIGN(const Placed offset, b.in_plain(kBias));
  const Ref gates = b.scratch(static_cast<size_t>(s.steps * s.batch * s.gates()) * sizeof(float));
  args.push_back({DNNL_ARG_SRC, x.ref, source});
  args.push_back({DNNL_ARG_BIAS, offset.ref, bias});
  args.push_back({DNNL_ARG_DST, gates, target});
  b.emit(pd, dnnl::matmul(pd), std::move(args));
  return gates;
}

Result<Ref> pack_hidden_weights(NodeBuilder& b, const Sizes& s) {
  const ConstantPtr weights = b.constant(kHiddenWeights);
  const PackKey key{str(weights->hash().hex(), ":lstm panels"), str("panels of ", kWidth), static_cast<size_t>(s.panels() * kWidth * s.hidden) * sizeof(float)};
  return b.packed(key, [&](std::byte* out) -> Status {
    auto* to = reinterpret_cast<float*>(out);
    const float* from = weights->as<float>().data();
    for (int64_t c = 0; c < s.panels() * kWidth; ++c) {
      float* column = to + c / kWidth * kWidth * s.hidden + c % kWidth;
      for (int64_t k = 0; k < s.hidden; ++k) column[k * kWidth] = c < s.gates() ? from[c * s.hidden + k] : 0.0F;
    }
    return {};
  });
}

class Recurrence {
 public:
  Recurrence(const Sizes& sizes, const Refs& refs) : s_(sizes), refs_(refs) {}

  void run(const Frame& frame) const {
    const auto bytes = static_cast<size_t>(s_.state()) * sizeof(float);
    std::memcpy(frame.at(refs_.c), frame.at(refs_.c0), bytes);
    if (s_.batch >= frame.threads) {
      parallel_for(frame.threads, s_.batch, [&](int64_t first, int64_t last) {
        for (int64_t t = 0; t < s_.steps; ++t) step(frame, t, first, last, 1);
      });
    } else {
      const int threads = s_.batch * s_.hidden * s_.gates() < kLeastSharedStep ? 1 : frame.threads;
      for (int64_t t = 0; t < s_.steps; ++t) step(frame, t, 0, s_.batch, threads);
    }
    std::memcpy(frame.at(refs_.h), frame.at<float>(refs_.y) + (s_.steps - 1) * s_.state(), bytes);
  }

 private:
  /// Samples [first, last) of one step.
  void step(const Frame& frame, int64_t t, int64_t first, int64_t last, int threads) const {
    const float* before = t == 0 ? frame.at<float>(refs_.h0) : frame.at<float>(refs_.y) + (t - 1) * s_.state();
    float* after = frame.at<float>(refs_.y) + t * s_.state();
    float* gates = frame.at<float>(refs_.gates) + t * s_.batch * s_.gates();
    for (int64_t row = first; row < last; row += kMaxDenseRows) {
      const DenseShape shape{std::min(kMaxDenseRows, last - row), s_.hidden, s_.gates(), kWidth, kWidth * s_.hidden};
      float* sums = gates + row * s_.gates();
      const DenseData<float> data{before + row * s_.hidden, frame.at<float>(refs_.weights), nullptr, sums, sums, nullptr};
      parallel_for(threads, s_.panels(), [&](int64_t begin, int64_t end) { dense_panels(shape, data, {}, begin, end); });
    }
    for (int64_t row = first; row < last; ++row) {
      advance_lstm(gates + row * s_.gates(), after + row * s_.hidden, frame.at<float>(refs_.c) + row * s_.hidden, s_.hidden);
    }
  }

  Sizes s_;
  Refs refs_;
};

Status build(NodeBuilder& b) {
  const Shape& x = b.in_type(kX).shape;
  const Sizes sizes{x[0], x[1], x[2], b.op<ops::Lstm>().hidden_size};
  b.count_product(DType::kF32);
  Refs refs;
  TRY_ASSIGN(refs.gates, emit_input_product(b, sizes));
  TRY_ASSIGN(refs.weights, pack_hidden_weights(b, sizes));
  TRY_ASSIGN(const Placed h0, b.in_plain(kHidden));
  TRY_ASSIGN(const Placed c0, b.in_plain(kCell));
  refs.h0 = h0.ref;
  refs.c0 = c0.ref;
  Ref* const results[] = {&refs.y, &refs.h, &refs.c};
  for (size_t i = 0; i < 3; ++i) *results[i] = b.out(i, Layout::plain(b.out_type(i).shape)).ref;
  b.emit("panels", {refs.h0, refs.c0, refs.gates, refs.weights, refs.y, refs.h, refs.c}, [recurrence = Recurrence(sizes, refs)](const Frame& frame) -> Status {
    recurrence.run(frame);
    return {};
  });
  return {};
}

REGISTER_BUILDER(Lstm, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
