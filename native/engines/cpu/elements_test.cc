// Elementwise steps of every element type, against the operators' own evaluation.
#include "engines/cpu/testing_graphs.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/compare.h"
#include "ops/elementwise/select.h"
#include "ops/elementwise/unary.h"
#include "ops/movement/slice.h"
#include "ops/movement/transpose.h"

namespace mindird::engines::cpu::testing {
namespace {

constexpr DType kNumbers[] = {DType::kU8,  DType::kU16, DType::kU32, DType::kU64, DType::kI8,  DType::kI16,
                              DType::kI32, DType::kI64, DType::kF32, DType::kF64, DType::kF16, DType::kBF16};

/// Numbers around zero, whole ones and fractions, with NaN, infinities and what integers of less bytes cannot hold where the type has it.
Tensors uneven_inputs(const ir::Graph& graph) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const std::vector<double> values{0,      1,       -1,    2,     -2.5, 3.49,  -0.0,      7,          300.2,
                                   -200.7, 70000.5, 3e9,   -3e9,  1e20, -1e20, kInfinite, -kInfinite, std::numeric_limits<double>::quiet_NaN(),
                                   6e-6,   1e-7,    65519, 65520, 0.1,  -0.1};
  Tensors out;
  size_t seed = 0;
  for (ir::ValueId v : graph.inputs()) {
    const TensorType type = graph.type(v);
    Buffer buffer = must(Buffer::allocate(static_cast<size_t>(type.shape.elements()) * sizeof(double)));
    const Tensor doubles{{DType::kF64, type.shape}, buffer.data()};
    for (size_t i = 0; i < doubles.as<double>().size(); ++i) doubles.as<double>()[i] = values[(i * 7 + seed) % values.size()];
    ops::Cast cast;
    cast.to = type.dtype;
    Tensor to = out.add(type);
    must(cast.evaluate({.inputs = std::span(&doubles, 1), .outputs = std::span(&to, 1), .allocate = {}}));
    seed += 3;
  }
  return out;
}

void expect_uneven(const ir::Graph& graph, double tolerance, const std::string& what) { expect_kernels(graph, uneven_inputs(graph), tolerance, what); }

TEST(CpuElements, BinaryOfEveryKindAndType) {
  const std::vector<std::pair<Shape, Shape>> shapes = {{{17, 31, 45}, {17, 31, 45}}, {{2, 3, 5}, {5}}, {{31, 1}, {23, 31, 45}}, {{1}, {3, 21}}};
  for (size_t kind = 0; kind < ops::kBinaryKindNames.size(); ++kind) {
    ops::Binary op;
    op.kind = static_cast<ops::BinaryKind>(kind);
    for (const DType dtype : kNumbers) {
      const bool floating = !is_integer(dtype);
      if (!op.infer(std::array{TensorType{dtype, {1}}, TensorType{dtype, {1}}}).ok()) continue;
      // Half types, computed in f32 here, agree where their results are no larger than they hold.
      if (dtype == DType::kF16 || dtype == DType::kBF16) continue;
      for (const auto& [a, b] : shapes) {
        Net net;
        expect_uneven(net.done({net.node(op, {net.input(a, dtype), net.input(b, dtype)})}), floating ? 1e-6 : 0,
                      str(ops::kBinaryKindNames[kind], " of ", dtype_name(dtype), a.text(), b.text()));
      }
    }
  }
}

TEST(CpuElements, LogicalKinds) {
  for (const auto kind : {ops::BinaryKind::kLogicalAnd, ops::BinaryKind::kLogicalOr, ops::BinaryKind::kLogicalXor}) {
    for (const Shape& shape : shapes_of_rank(2)) {
      Net net;
      ops::Binary op;
      op.kind = kind;
      ops::Unary no;
      no.kind = ops::UnaryKind::kLogicalNot;
      const auto y = net.node(op, {net.input(shape, DType::kBool), net.input({shape[1]}, DType::kBool)});
      expect_kernels(net.done({y, net.node(no, {y})}), 0, shape.text());
    }
  }
}

TEST(CpuElements, CompareOfEveryKindAndType) {
  for (size_t kind = 0; kind < ops::kCompareKindNames.size(); ++kind) {
    for (const DType dtype : kNumbers) {
      for (const Shape& shape : shapes_of_rank(2)) {
        Net net;
        ops::Compare op;
        op.kind = static_cast<ops::CompareKind>(kind);
        const auto x = net.input(shape, dtype);
        const auto y = net.node(op, {x, net.input({shape[0], 1}, dtype)});
        expect_uneven(net.done({y, net.node(op, {x, net.input(shape, dtype)})}), 0, str(ops::kCompareKindNames[kind], " of ", dtype_name(dtype), shape.text()));
      }
    }
  }
}

TEST(CpuElements, SelectOfEverySizeAndBroadcast) {
  const std::vector<std::array<Shape, 3>> shapes = {{Shape{5, 7}, Shape{5, 7}, Shape{5, 7}},
                                                    {Shape{181, 199}, Shape{181, 199}, Shape{1}},
                                                    {Shape{181, 199}, Shape{}, Shape{181, 199}},
                                                    {Shape{181, 1}, Shape{181, 199}, Shape{199}},
                                                    {Shape{199}, Shape{181, 199}, Shape{181, 199}}};
  for (const DType dtype : {DType::kU8, DType::kI16, DType::kF32, DType::kI64, DType::kF16}) {
    for (const auto& [c, x, y] : shapes) {
      Net net;
      expect_uneven(net.done({net.node(ops::Select{}, {net.input(c, DType::kBool), net.input(x, dtype), net.input(y, dtype)})}), 0,
                    str(dtype_name(dtype), c.text(), x.text(), y.text()));
    }
  }
}

TEST(CpuElements, CastOfEveryPairOfTypes) {
  std::vector<DType> types(std::begin(kNumbers), std::end(kNumbers));
  types.push_back(DType::kBool);
  for (const DType from : types) {
    for (const DType to : types) {
      for (const Shape& shape : shapes_of_rank(2)) {
        Net net;
        ops::Cast op;
        op.to = to;
        expect_uneven(net.done({net.node(op, {net.input(shape, from)})}), 0, str(dtype_name(from), " to ", dtype_name(to), shape.text()));
      }
    }
  }
}

TEST(CpuElements, EveryHalfIsConvertedAsByItsClass) {
  Net net;
  ops::Cast op;
  op.to = DType::kF32;
  const ir::Graph graph = net.done({net.node(op, {net.input({65536}, DType::kF16)})});
  Tensors inputs = random_inputs(graph);
  for (size_t i = 0; i < 65536; ++i) inputs.views[0].as<Half>()[i].bits = static_cast<uint16_t>(i);
  expect_kernels(graph, inputs, 0, "all bits");
}

TEST(CpuElements, FloatsBesideEveryHalfAreRoundedAsByItsClass) {
  Net net;
  ops::Cast op;
  op.to = DType::kF16;
  const ir::Graph graph = net.done({net.node(op, {net.input({3 * 65536})})});
  Tensors inputs = random_inputs(graph);
  const auto values = inputs.views[0].as<float>();
  for (size_t i = 0; i < 65535; ++i) {
    // Halfway to the next half, and a little to either side of it.
    const float low = float_from_half(static_cast<uint16_t>(i));
    const float middle = (low + float_from_half(static_cast<uint16_t>(i + 1))) / 2;
    values[3 * i] = middle;
    values[3 * i + 1] = std::nextafter(middle, 0.0F);
    values[3 * i + 2] = std::nextafter(middle, 1e9F);
  }
  expect_kernels(graph, inputs, 0, "between halves");
}

TEST(CpuElements, CastsToHalfTypesRoundWhateverFollows) {
  for (const DType half : {DType::kF16, DType::kBF16}) {
    for (const Shape& shape : shapes_of_rank(2)) {
      Net net;
      ops::Cast down;
      down.to = half;
      ops::Cast up;
      up.to = DType::kF32;
      ops::Cast whole;
      whole.to = DType::kI32;
      const auto x = net.input(shape);
      const auto rounded = net.node(down, {x});
      const auto alone = net.node(up, {net.node(down, {x})});
      ops::Binary minus;
      minus.kind = ops::BinaryKind::kSub;
      const auto lost = net.node(minus, {net.node(up, {rounded}), x});
      expect_kernels(net.done({rounded, alone, lost, net.node(whole, {rounded})}), uneven_inputs(net.graph), 0, str(dtype_name(half), shape.text()));
    }
  }
}

TEST(CpuElements, UnaryOfEveryKindAndType) {
  for (size_t kind = 0; kind < ops::kUnaryKindNames.size(); ++kind) {
    ops::Unary op;
    op.kind = static_cast<ops::UnaryKind>(kind);
    op.alpha = op.kind == ops::UnaryKind::kClip ? -1.5 : 0.75;
    op.beta = 4.25;
    if (op.kind == ops::UnaryKind::kLogicalNot) continue;
    for (const DType dtype : {DType::kF32, DType::kF64, DType::kI32, DType::kI64, DType::kU8}) {
      if (!op.infer(std::array{TensorType{dtype, {1}}}).ok()) continue;
      for (const Shape& shape : shapes_of_rank(2)) {
        Net net;
        const ir::Graph graph = net.done({net.node(op, {net.input(shape, dtype)})});
        const std::string what = str(ops::kUnaryKindNames[kind], " of ", dtype_name(dtype), shape.text());
        expect_equal_to_oracle(graph, 5e-5, what);
        EXPECT_LE(must(cpu().build(graph.clone(), {}))->evaluated_nodes().size(), is_integer(dtype) ? 1U : 0U) << what;
      }
    }
  }
}

TEST(CpuElements, OperandsLieInAnyOrder) {
  for (const DType dtype : {DType::kI32, DType::kF32, DType::kU8}) {
    Net net;
    const auto x = net.input({61, 47, 53}, dtype);
    ops::Transpose t;
    t.perm = {2, 0, 1};
    ops::Slice cut;
    cut.begin = {0, 1, 0};
    cut.size = {61, 23, 53};
    cut.stride = {1, 2, 1};
    const auto turned = net.node(t, {net.node(cut, {x})});
    ops::Compare less;
    less.kind = ops::CompareKind::kLess;
    const auto other = net.input({53, 61, 23}, dtype);
    ops::Cast real;
    real.to = DType::kF32;
    expect_kernels(net.done({net.node(ops::Binary{}, {turned, other}), net.node(less, {other, turned}), net.node(real, {turned})}), 0,
                   std::string(dtype_name(dtype)));
  }
}

}  // namespace
}  // namespace mindird::engines::cpu::testing
