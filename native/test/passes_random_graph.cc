// A pool of values grows step by step: each step takes some value and adds one operator or one pattern that fits its
// shape.
#include "test/passes_random_graph.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>
#include <vector>

#include "ops/normalization/batch_norm.h"
#include "ops/elementwise/cast.h"
#include "ops/normalization/channel_affine.h"
#include "ops/movement/concat.h"
#include "ops/linear/conv.h"
#include "ops/movement/expand.h"
#include "ops/movement/identity.h"
#include "ops/linear/matmul.h"
#include "ops/movement/pad.h"
#include "ops/pooling/pool.h"
#include "ops/reduction/reduce.h"
#include "ops/movement/reshape.h"
#include "ops/movement/slice.h"
#include "ops/normalization/softmax.h"
#include "ops/movement/transpose.h"
#include "passes/constants.h"
#include "passes/pattern.h"

namespace mindird::passes {
namespace {

using ir::ValueId;
using ops::BinaryKind;
using ops::UnaryKind;

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  ir::Graph run(int nodes) {
    graph_.name = "random";
    const DType dtype = pick(std::array{DType::kF32, DType::kF32, DType::kF64});
    pool_.push_back(graph_.add_input("x", {dtype, Shape{2, 3, 4, 4}}));
    pool_.push_back(graph_.add_input("y", {dtype, Shape{2, 6}}));
    pool_.push_back(graph_.add_input("z", {dtype, Shape{2, 3, 5}}));
    while (graph_.living_nodes() < static_cast<size_t>(nodes)) step();
    std::vector<ValueId> outputs = {pool_.back()};
    for (int i = below(3); i > 0; --i) outputs.push_back(any());
    graph_.set_outputs(std::move(outputs));
    const Status status = graph_.verify();
    EXPECT_TRUE(status.ok()) << status.message();
    return std::move(graph_);
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }
  template <class C>
  typename C::value_type pick(const C& choices) {
    return choices[static_cast<size_t>(below(static_cast<int>(choices.size())))];
  }
  double number() { return std::uniform_real_distribution<double>(-1, 1)(random_); }
  ValueId any() { return pick(pool_); }
  const Shape& shape(ValueId v) const { return graph_.type(v).shape; }
  int64_t dim(ValueId v, size_t i) const { return shape(v)[i]; }

  ValueId add(ir::OpPtr op, std::vector<ValueId> inputs) {
    auto made = graph_.add(std::move(op), std::move(inputs), "step" + std::to_string(graph_.node_count()));
    EXPECT_TRUE(made.ok()) << made.status().message();
    return made.ok() ? *made : pool_[0];
  }
  ValueId unary(UnaryKind kind, ValueId x) { return add(unary_op(kind), {x}); }
  ValueId binary(BinaryKind kind, ValueId x, ValueId y) {
    return below(4) == 0 && kind != BinaryKind::kDiv && kind != BinaryKind::kSub ? add(binary_op(kind), {y, x}) : add(binary_op(kind), {x, y});
  }

  ValueId constant(DType dtype, const Shape& dims, double size = 1, double offset = 0) {
    std::vector<double> values;
    for (int64_t i = 0; i < dims.elements(); ++i) values.push_back(offset + size * number());
    auto made = make_floats({dtype, dims}, values);
    EXPECT_TRUE(made.ok());
    return graph_.add_constant(*made);
  }
  /// Weights, now and then as integers that a cast and a product by channel make numbers of.
  ValueId weights(DType dtype, const Shape& dims, size_t channels) {
    if (dtype != DType::kF32 || below(4) != 0) return constant(dtype, dims, 0.6);
    std::vector<int8_t> integers;
    for (int64_t i = 0; i < dims.elements(); ++i) integers.push_back(static_cast<int8_t>(below(255) - 127));
    auto made = make_constant({DType::kI8, dims}, std::as_bytes(std::span(integers)));
    EXPECT_TRUE(made.ok());
    auto cast = std::make_shared<ops::Cast>();
    cast->to = dtype;
    std::vector<int64_t> spread(dims.rank(), 1);
    spread[channels] = dims[channels];
    return binary(BinaryKind::kMul, add(std::move(cast), {graph_.add_constant(*made)}), constant(dtype, Shape(spread), 0.002, 0.004));
  }
  ValueId scalar(ValueId like, double value) {
    const Shape dims = below(3) == 0 ? Shape{1} : Shape{};
    auto made = make_floats({graph_.type(like).dtype, dims}, std::array{value});
    EXPECT_TRUE(made.ok());
    return graph_.add_constant(*made);
  }
  ValueId with_scalar(BinaryKind kind, ValueId x, double value) { return binary(kind, x, scalar(x, value)); }

  void step() {
    using Step = ValueId (Generator::*)(ValueId);
    static constexpr std::array<Step, 21> kSteps = {&Generator::activation,
                                                    &Generator::scalar_arithmetic,
                                                    &Generator::scalar_arithmetic,
                                                    &Generator::channel_arithmetic,
                                                    &Generator::channel_arithmetic,
                                                    &Generator::convolution,
                                                    &Generator::convolution,
                                                    &Generator::dense,
                                                    &Generator::batch_norm,
                                                    &Generator::reshape,
                                                    &Generator::transpose,
                                                    &Generator::nothing,
                                                    &Generator::casts,
                                                    &Generator::pool,
                                                    &Generator::pad,
                                                    &Generator::mean,
                                                    &Generator::gate,
                                                    &Generator::layer_norm,
                                                    &Generator::attention,
                                                    &Generator::pair,
                                                    &Generator::constant_arithmetic};
    // Later values are taken more often, so that chains form.
    const ValueId x = below(2) == 0 ? pool_.back() : any();
    const ValueId y = (this->*pick(kSteps))(x);
    // Values are kept small by an activation now and then.
    pool_.push_back(below(3) == 0 ? unary(pick(std::array{UnaryKind::kTanh, UnaryKind::kSigmoid}), y) : y);
  }

  ValueId activation(ValueId x) {
    return unary(
        pick(std::array{UnaryKind::kRelu, UnaryKind::kTanh, UnaryKind::kAbs, UnaryKind::kNeg, UnaryKind::kSigmoid, UnaryKind::kErf, UnaryKind::kRelu6}), x);
  }
  ValueId scalar_arithmetic(ValueId x) {
    const double value = pick(std::array{0.0, 1.0, 2.0, 0.5, -1.0, 0.3});
    const BinaryKind kind = pick(std::array{BinaryKind::kAdd, BinaryKind::kMul, BinaryKind::kSub, BinaryKind::kDiv, BinaryKind::kMaximum});
    return with_scalar(kind, x, kind == BinaryKind::kDiv && value == 0 ? 4.0 : value);
  }
  ValueId channel_arithmetic(ValueId x) {
    if (shape(x).rank() < 2) return x;
    const size_t axis = below(2) == 0 ? 1 : shape(x).rank() - 1;
    std::vector<int64_t> dims(shape(x).rank() - (below(2) == 0 ? axis : 0), 1);
    dims[dims.size() - (shape(x).rank() - axis)] = dim(x, axis);
    const BinaryKind kind = pick(std::array{BinaryKind::kAdd, BinaryKind::kMul, BinaryKind::kSub, BinaryKind::kDiv});
    return binary(kind, x, constant(graph_.type(x).dtype, Shape(dims), 0.5, kind == BinaryKind::kDiv ? 1.5 : 0.2));
  }
  /// x with something computed from constants alone.
  ValueId constant_arithmetic(ValueId x) {
    const ValueId c = unary(UnaryKind::kTanh, constant(graph_.type(x).dtype, shape(x)));
    return binary(BinaryKind::kAdd, x, with_scalar(BinaryKind::kMul, c, 0.7));
  }
  ValueId convolution(ValueId x) {
    if (shape(x).rank() != 4 || dim(x, 2) < 2 || dim(x, 3) < 2) return x;
    auto op = std::make_shared<ops::Conv>();
    const int64_t kernel = 1 + below(2);
    const int64_t pad = below(2);
    op->stride = {1, 1};
    op->dilation = {1, 1};
    op->pad_begin = {pad, pad};
    op->pad_end = {0, pad};
    op->groups = below(3) == 0 ? dim(x, 1) : 1;
    const int64_t out = op->groups == 1 ? 1 + below(4) : op->groups;
    const DType dtype = graph_.type(x).dtype;
    std::vector<ValueId> inputs = {x, weights(dtype, Shape{out, dim(x, 1) / op->groups, kernel, kernel}, 0)};
    if (below(2) == 0) inputs.push_back(constant(dtype, Shape{out}));
    return add(std::move(op), std::move(inputs));
  }
  ValueId dense(ValueId x) {
    if (shape(x).rank() < 2) return x;
    auto op = std::make_shared<ops::MatMul>();
    op->transpose_b = below(2) == 0;
    const int64_t in = dim(x, shape(x).rank() - 1);
    const int64_t out = 1 + below(6);
    const DType dtype = graph_.type(x).dtype;
    std::vector<ValueId> inputs = {x, weights(dtype, op->transpose_b ? Shape{out, in} : Shape{in, out}, op->transpose_b ? 0 : 1)};
    if (below(2) == 0) inputs.push_back(constant(dtype, Shape{out}));
    return add(std::move(op), std::move(inputs));
  }
  ValueId batch_norm(ValueId x) {
    if (shape(x).rank() < 2) return x;
    const DType dtype = graph_.type(x).dtype;
    const Shape channels{dim(x, 1)};
    return add(std::make_shared<ops::BatchNorm>(),
               {x, constant(dtype, channels), constant(dtype, channels), constant(dtype, channels), constant(dtype, channels, 0.5, 1)});
  }
  ValueId reshape(ValueId x) {
    auto op = std::make_shared<ops::Reshape>();
    const auto& dims = shape(x).vector();
    op->shape = dims;
    const int way = below(3);
    if (way == 0 && dims.size() > 1 && dims.size() < 5) op->shape.insert(op->shape.end(), static_cast<size_t>(5 - dims.size()), 1);
    if (way == 1) std::erase(op->shape, 1);
    if (way == 2) op->shape = {dims.empty() ? 1 : dims[0], -1};
    return add(std::move(op), {x});
  }
  ValueId transpose(ValueId x) {
    auto op = std::make_shared<ops::Transpose>();
    for (size_t i = 0; i < shape(x).rank(); ++i) op->perm.push_back(static_cast<int64_t>(i));
    if (below(2) == 0 && op->perm.size() > 1) {
      std::swap(op->perm[op->perm.size() - 1], op->perm[op->perm.size() - 2]);
    } else {
      std::shuffle(op->perm.begin(), op->perm.end(), random_);
    }
    return add(std::move(op), {x});
  }
  ValueId nothing(ValueId x) {
    if (below(2) == 0) return add(std::make_shared<ops::Identity>(), {x});
    auto op = std::make_shared<ops::Slice>();
    op->size = shape(x).vector();
    op->begin.assign(op->size.size(), 0);
    op->stride.assign(op->size.size(), 1);
    return add(std::move(op), {x});
  }
  ValueId casts(ValueId x) {
    auto there = std::make_shared<ops::Cast>();
    auto back = std::make_shared<ops::Cast>();
    there->to = DType::kF64;
    back->to = graph_.type(x).dtype;
    return add(std::move(back), {add(std::move(there), {x})});
  }
  ValueId pool(ValueId x) {
    if (shape(x).rank() != 4 && shape(x).rank() != 5) return x;
    const size_t dims = shape(x).rank() - 2;
    auto op = std::make_shared<ops::Pool>();
    op->kind = pick(std::array{ops::PoolKind::kMax, ops::PoolKind::kAverage});
    for (size_t d = 0; d < dims; ++d) op->kernel.push_back(dim(x, d + 2) > 1 ? 1 + below(2) : 1);
    op->stride.assign(dims, 1 + below(2));
    op->dilation.assign(dims, 1);
    op->pad_begin.assign(dims, 0);
    op->pad_end.assign(dims, 0);
    return add(std::move(op), {x});
  }
  ValueId pad(ValueId x) {
    if (shape(x).rank() != 4 || dim(x, 2) > 6) return x;
    auto op = std::make_shared<ops::Pad>();
    op->before = {0, 0, below(2), below(2)};
    op->after = {0, 0, below(2), 0};
    return convolution(add(std::move(op), {x}));
  }
  ValueId mean(ValueId x) {
    if (shape(x).rank() < 2) return x;
    auto op = std::make_shared<ops::Reduce>();
    op->kind = pick(std::array{ops::ReduceKind::kMean, ops::ReduceKind::kMax});
    op->axes = {static_cast<int64_t>(shape(x).rank() - 1)};
    op->keep_dims = below(3) != 0;
    return add(std::move(op), {x});
  }
  ValueId gate(ValueId x) {
    switch (below(4)) {
      case 0:
        return binary(BinaryKind::kMul, with_scalar(BinaryKind::kMul, x, 0.5),
                      with_scalar(BinaryKind::kAdd, unary(UnaryKind::kErf, with_scalar(BinaryKind::kDiv, x, 1.4142135623730951)), 1));
      case 1: return binary(BinaryKind::kMul, x, unary(UnaryKind::kSigmoid, x));
      case 2: return with_scalar(BinaryKind::kDiv, binary(BinaryKind::kMul, x, unary(UnaryKind::kRelu6, with_scalar(BinaryKind::kAdd, x, 3))), 6);
      default: return binary(BinaryKind::kMaximum, x, with_scalar(BinaryKind::kMul, x, 0.1));
    }
  }
  ValueId layer_norm(ValueId x) {
    if (shape(x).rank() < 2 || dim(x, shape(x).rank() - 1) < 2) return x;
    auto average = std::make_shared<ops::Reduce>();
    average->kind = ops::ReduceKind::kMean;
    average->axes = {static_cast<int64_t>(shape(x).rank() - 1)};
    average->keep_dims = true;
    const ValueId centred = add(binary_op(BinaryKind::kSub), {x, add(average, {x})});
    const ValueId variance = with_scalar(BinaryKind::kAdd, add(average, {binary(BinaryKind::kMul, centred, centred)}), 0.1);
    const ValueId y = below(2) == 0 ? binary(BinaryKind::kDiv, centred, unary(UnaryKind::kSqrt, variance))
                                    : binary(BinaryKind::kMul, centred, unary(UnaryKind::kRsqrt, variance));
    return channel_arithmetic(y);
  }
  ValueId attention(ValueId x) {
    if (shape(x).rank() < 2) return x;
    auto scores = std::make_shared<ops::MatMul>();
    scores->transpose_b = true;
    ValueId s = add(std::move(scores), {x, unary(UnaryKind::kTanh, x)});
    if (below(2) == 0) s = with_scalar(BinaryKind::kMul, s, 0.4);
    if (below(2) == 0) s = binary(BinaryKind::kAdd, s, constant(graph_.type(x).dtype, Shape{dim(s, shape(s).rank() - 1)}));
    return add(std::make_shared<ops::MatMul>(), {add(std::make_shared<ops::Softmax>(), {s}), x});
  }
  /// Two values of one type together, or one value with a second copy of the node that made it.
  ValueId pair(ValueId x) {
    for (int tries = 0; tries < 5; ++tries) {
      const ValueId y = any();
      if (y != x && graph_.type(y) == graph_.type(x)) return binary(pick(std::array{BinaryKind::kAdd, BinaryKind::kSub, BinaryKind::kMaximum}), x, y);
    }
    const ir::NodeId id = graph_.value(x).producer;
    if (id == ir::kNone) return x;
    const ir::Node node = graph_.node(id);
    auto op = std::make_shared<ops::Concat>();
    if (shape(x).rank() == 0) return x;
    return add(std::move(op), {x, add(node.op, node.inputs)});
  }

  std::mt19937 random_;
  ir::Graph graph_;
  std::vector<ValueId> pool_;
};

}  // namespace

ir::Graph random_graph(uint32_t seed, int nodes) { return Generator(seed).run(nodes); }

}  // namespace mindird::passes
