// Steps that order or fold lines, against the operators' own evaluation.
#include "engines/cpu/testing_graphs.h"
#include "ops/linear/conv.h"
#include "ops/normalization/lrn.h"
#include "ops/ordering/arg_reduce.h"
#include "ops/ordering/sort.h"
#include "ops/ordering/top_k.h"
#include "ops/pooling/adaptive_pool.h"
#include "ops/reduction/cumulative.h"
#include "ops/reduction/reduce.h"

namespace mindird::engines::cpu::testing {
namespace {

constexpr DType kTypes[] = {DType::kU8, DType::kI8, DType::kI16, DType::kU32, DType::kI32, DType::kI64, DType::kU64, DType::kF32, DType::kF64};
const std::vector<Shape> kShapes = {{2, 3, 5}, {1, 1, 1}, {3, 71, 157}, {67, 5, 61}};

/// Few different values, so that equals are frequent; floats have both zeros, NaN and infinities among them.
Tensors even_inputs(const ir::Graph& graph) {
  Tensors inputs = random_inputs(graph);
  std::mt19937 random(5);
  for (const Tensor& t : inputs.views) {
    constexpr float kInfinite = std::numeric_limits<float>::infinity();
    constexpr float kFloats[] = {0, -0.0F, 1, -1, 2.5F, kInfinite, -kInfinite, std::numeric_limits<float>::quiet_NaN(), 7, 3};
    for (size_t i = 0; i < static_cast<size_t>(t.elements()); ++i) {
      const float v = kFloats[random() % std::size(kFloats)];
      if (t.dtype() == DType::kF32) t.as<float>()[i] = v;
      if (t.dtype() == DType::kF64) t.as<double>()[i] = static_cast<double>(v);
      if (t.dtype() == DType::kI32) t.as<int32_t>()[i] = static_cast<int32_t>(random() % 9) - 4;
      if (t.dtype() == DType::kI64) t.as<int64_t>()[i] = static_cast<int64_t>(random() % 9) - (int64_t{1} << 40U);
      if (t.dtype() == DType::kI8) t.as<int8_t>()[i] = static_cast<int8_t>(random() % 9 - 4);
    }
  }
  return inputs;
}

/// The only node gives several outputs.
template <class Op>
ir::Graph graph_of(const Op& op, const TensorType& x) {
  ir::Graph graph;
  const auto in = graph.add_input("x", x);
  const auto types = must(op.infer(std::array{x}));
  graph.set_outputs(graph.add_node_typed(std::make_shared<Op>(op), {in}, types, "node"));
  return graph;
}

template <class Op>
void expect_lines(const Op& op, const TensorType& x, const std::string& what, double tolerance = 0) {
  if (!op.infer(std::array{x}).ok()) return;
  const ir::Graph graph = graph_of(op, x);
  expect_kernels(graph, even_inputs(graph), tolerance, str(what, " ", x.text()));
}

TEST(CpuOrder, SortAndTopK) {
  for (const DType dtype : kTypes) {
    for (const Shape& shape : kShapes) {
      for (const int64_t axis : {1, 2}) {
        for (const bool down : {false, true}) {
          ops::Sort sort;
          sort.axis = axis;
          sort.descending = down;
          expect_lines(sort, {dtype, shape}, str("sort ", axis, down));
          for (const int64_t k : {1, 3, 40}) {
            ops::TopK top;
            top.axis = axis;
            top.largest = down;
            top.k = k;
            expect_lines(top, {dtype, shape}, str("top ", k, " ", axis, down));
          }
        }
      }
    }
  }
}

TEST(CpuOrder, ArgReduce) {
  std::vector<Shape> shapes = kShapes;
  shapes.push_back({3, 1, 2999});
  for (const DType dtype : kTypes) {
    for (const Shape& shape : shapes) {
      for (const int64_t axis : {0, 1, -1}) {
        for (const auto kind : {ops::ArgReduceKind::kMax, ops::ArgReduceKind::kMin}) {
          ops::ArgReduce op;
          op.axis = axis;
          op.kind = kind;
          op.keep_dims = axis == 1;
          op.index_type = axis == 0 ? DType::kI32 : DType::kI64;
          expect_lines(op, {dtype, shape}, str("kind ", static_cast<int>(kind), " axis ", axis));
        }
      }
    }
  }
}

TEST(CpuFolds, CumulativeSums) {
  for (const DType dtype : kTypes) {
    for (const Shape& shape : kShapes) {
      for (const int64_t axis : {0, 1, -1}) {
        for (const bool exclusive : {false, true}) {
          ops::Cumulative op;
          op.axis = axis;
          op.exclusive = exclusive;
          op.reverse = axis != 1;
          Net net;
          expect_kernels(net.done({net.node(op, {net.input(shape, dtype)})}), 1e-6, str(dtype_name(dtype), shape.text(), axis));
        }
      }
    }
  }
}

TEST(CpuFolds, ReduceOfEveryKindTypeAndAxes) {
  std::vector<DType> types(std::begin(kTypes), std::end(kTypes));
  types.push_back(DType::kBool);
  for (size_t kind = 0; kind < ops::kReduceKindNames.size(); ++kind) {
    for (const DType dtype : types) {
      for (const Shape& shape : kShapes) {
        for (const std::vector<int64_t>& axes : std::vector<std::vector<int64_t>>{{0}, {1}, {2}, {0, 2}, {0, 1, 2}, {}}) {
          ops::Reduce op;
          op.kind = static_cast<ops::ReduceKind>(kind);
          op.axes = axes;
          op.keep_dims = axes.size() == 2;
          if (!op.infer(std::array{TensorType{dtype, shape}}).ok()) continue;
          Net net;
          const ir::Graph graph = net.done({net.node(op, {net.input(shape, dtype)})});
          const std::string what = str(ops::kReduceKindNames[kind], " of ", dtype_name(dtype), shape.text(), list_text<int64_t>(axes));
          expect_kernels(graph, 1e-4, what);
          if (dtype == DType::kF32) expect_kernels(graph, even_inputs(graph), 1e-4, what);
        }
      }
    }
  }
}

/// An image as a convolution leaves it: channels last.
ir::ValueId image(Net& net, const Shape& shape) {
  ops::Conv conv;
  conv.stride = conv.dilation = {1, 1};
  conv.pad_begin = conv.pad_end = {0, 0};
  return net.node(conv, {net.input({shape[0], 4, shape[2], shape[3]}), net.weights({shape[1], 4, 1, 1})});
}

TEST(CpuFolds, AdaptivePool) {
  for (const auto kind : {ops::AdaptivePoolKind::kMax, ops::AdaptivePoolKind::kAverage}) {
    for (const Shape& shape : {Shape{2, 3, 5, 7}, Shape{1, 33, 43, 51}}) {
      for (const std::vector<int64_t>& size : std::vector<std::vector<int64_t>>{{1, 1}, {3, 2}, {7, 7}, {5, 11}}) {
        ops::AdaptivePool op;
        op.kind = kind;
        op.size = size;
        Net plain;
        expect_kernels(plain.done({plain.node(op, {plain.input(shape)})}), 2e-5, shape.text());
        Net last;
        expect_kernels(last.done({last.node(op, {image(last, shape)})}), 5e-5, str(shape.text(), " channels last"));
      }
    }
    ops::AdaptivePool op;
    op.kind = kind;
    op.size = {2, 3, 2};
    Net net;
    const ir::Graph graph = net.done({net.node(op, {net.input({2, 3, 5, 7, 4})})});
    expect_kernels(graph, 2e-5, "three dims");
    expect_kernels(graph, even_inputs(graph), 2e-5, "beyond all bounds");
  }
}

TEST(CpuFolds, Lrn) {
  for (const Shape& shape : {Shape{2, 3, 5, 7}, Shape{1, 33, 43, 31}, Shape{1, 1, 2, 2}}) {
    for (const int64_t radius : {0, 1, 2}) {
      for (const double beta : {0.75, 0.5}) {
        ops::Lrn op;
        op.depth_radius = radius;
        op.alpha = 0.3;
        op.beta = beta;
        op.bias = 1.5;
        if (radius > shape[1]) continue;
        Net plain;
        expect_kernels(plain.done({plain.node(op, {plain.input(shape)})}), 2e-5, shape.text());
        Net last;
        expect_kernels(last.done({last.node(op, {image(last, shape)})}), 5e-5, str(shape.text(), " channels last"));
      }
    }
  }
}

}  // namespace
}  // namespace mindird::engines::cpu::testing
