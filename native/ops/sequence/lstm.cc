// Lstm, step by step from its equations, in double between the steps:
// i, f, o = sigmoid, g = tanh of (w_input x + w_hidden h + bias); c = f c + i g; h = o tanh(c).
#include "ops/sequence/lstm.h"

#include <cmath>
#include <vector>

#include "ops/normalization/normalize.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// sums += w x for a row-major matrix with as many rows as `sums`.
template <class T>
void add_product(std::span<const T> w, std::span<const double> x, std::span<double> sums) {
  for (size_t r = 0; r < sums.size(); ++r) {
    for (size_t i = 0; i < x.size(); ++i) sums[r] += widen(w[r * x.size() + i]) * x[i];
  }
}

/// Moves h and c of one sample one step on, given the summed gates.
void advance(std::span<const double> gates, std::span<double> h, std::span<double> c) {
  const size_t n = h.size();
  for (size_t j = 0; j < n; ++j) {
    c[j] = sigmoid(gates[n + j]) * c[j] + sigmoid(gates[j]) * std::tanh(gates[2 * n + j]);
    h[j] = sigmoid(gates[3 * n + j]) * std::tanh(c[j]);
  }
}

template <class T>
void run(const ir::EvalArgs& args, size_t hidden) {
  const Shape& shape = args.inputs[0].shape();
  const auto steps = static_cast<size_t>(shape[0]);
  const auto batch = static_cast<size_t>(shape[1]);
  const auto width = static_cast<size_t>(shape[2]);
  const auto x = args.inputs[0].as<const T>();
  const auto y = args.outputs[0].as<T>();
  const auto bias = to_doubles(args.inputs[5]);
  auto h = to_doubles(args.inputs[1]);
  auto c = to_doubles(args.inputs[2]);
  std::vector<double> row(width);
  std::vector<double> gates(4 * hidden);
  for (size_t t = 0; t < steps; ++t) {
    for (size_t n = 0; n < batch; ++n) {
      const std::span own_h = std::span(h).subspan(n * hidden, hidden);
      for (size_t i = 0; i < width; ++i) row[i] = widen(x[(t * batch + n) * width + i]);
      gates = bias;
      add_product<T>(args.inputs[3].as<const T>(), row, gates);
      add_product<T>(args.inputs[4].as<const T>(), own_h, gates);
      advance(gates, own_h, std::span(c).subspan(n * hidden, hidden));
      for (size_t j = 0; j < hidden; ++j) y[(t * batch + n) * hidden + j] = narrow<T>(own_h[j]);
    }
  }
  for (size_t i = 0; i < h.size(); ++i) {
    args.outputs[1].as<T>()[i] = narrow<T>(h[i]);
    args.outputs[2].as<T>()[i] = narrow<T>(c[i]);
  }
}

}  // namespace

void Lstm::attributes(ir::AttributeVisitor& v) { v.field("hidden_size", hidden_size); }

Result<ir::Types> Lstm::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 6));
  TRY(expect_known(in));
  TRY(expect_rank(in, 0, 3, 3));
  TRY(expect_floating(in, 0));
  TRY(expect_same_dtype(in));
  TRY(expect_between("hidden_size", std::span(&hidden_size, 1), 1, kMaxWindowValue));
  const Shape& x = in[0].shape;
  const Shape state{1, x[1], hidden_size};
  TRY(expect_shape(in, 1, state));
  TRY(expect_shape(in, 2, state));
  TRY(expect_shape(in, 3, Shape{4 * hidden_size, x[2]}));
  TRY(expect_shape(in, 4, Shape{4 * hidden_size, hidden_size}));
  TRY(expect_shape(in, 5, Shape{4 * hidden_size}));
  TRY_ASSIGN(ir::Types types, one_output({in[0].dtype, Shape{x[0], x[1], hidden_size}}));
  types.push_back(in[1]);
  types.push_back(in[2]);
  return types;
}

Status Lstm::evaluate(const ir::EvalArgs& args) const {
  return dispatch_floating(args.inputs[0].dtype(), [&]<class T>() { run<T>(args, static_cast<size_t>(hidden_size)); });
}

double Lstm::cost(std::span<const TensorType> in, std::span<const TensorType> out) const {
  const double width = static_cast<double>(in[0].shape[2]) + static_cast<double>(hidden_size);
  return 4.0 * width * static_cast<double>(out[0].shape.elements());
}

std::optional<ir::BatchAxis> Lstm::batch_axis(const ir::BatchArgs& args) const {
  if (none_batched(args)) return ir::BatchAxis{};
  const bool weights_shared = args.axes[3].axis < 0 && args.axes[4].axis < 0 && args.axes[5].axis < 0;
  const bool states_follow = args.axes[1] == args.axes[0] && args.axes[2] == args.axes[0];
  if (args.axes[0].axis != 1 || !states_follow || !weights_shared) return std::nullopt;
  return args.axes[0];
}

REGISTER_OP(Lstm);

}  // namespace mindird::ops
