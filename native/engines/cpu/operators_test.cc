// Every operator with a builder against its own `evaluate`, over shapes with odd sizes.
#include "base/strings.h"
#include "engines/cpu/testing_graphs.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/compare.h"
#include "ops/elementwise/select.h"
#include "ops/elementwise/unary.h"
#include "ops/indexing/gather.h"
#include "ops/linear/conv.h"
#include "ops/linear/conv_transpose.h"
#include "ops/linear/matmul.h"
#include "ops/movement/concat.h"
#include "ops/movement/reshape.h"
#include "ops/movement/slice.h"
#include "ops/movement/transpose.h"
#include "ops/normalization/batch_norm.h"
#include "ops/normalization/channel_affine.h"
#include "ops/normalization/layer_norm.h"
#include "ops/normalization/softmax.h"
#include "ops/pooling/adaptive_pool.h"
#include "ops/pooling/pool.h"
#include "ops/reduction/reduce.h"
#include "ops/sequence/attention.h"

namespace mindird::engines::cpu::testing {
namespace {

ops::Conv conv(std::vector<int64_t> stride, std::vector<int64_t> pad, int64_t groups = 1, int64_t dilation = 1) {
  ops::Conv op;
  op.dilation.assign(stride.size(), dilation);
  op.stride = std::move(stride);
  op.pad_begin = op.pad_end = std::move(pad);
  op.groups = groups;
  return op;
}

struct ConvCase {
  Shape x, w;
  ops::Conv op;
};

TEST(CpuOperators, Conv) {
  const std::vector<ConvCase> cases = {{{1, 3, 9, 11}, {5, 3, 3, 3}, conv({1, 1}, {1, 1})},
                                       {{2, 16, 7, 7}, {32, 16, 1, 1}, conv({1, 1}, {0, 0})},
                                       {{1, 17, 8, 8}, {19, 17, 3, 3}, conv({2, 2}, {1, 0})},
                                       {{3, 24, 6, 5}, {24, 1, 3, 3}, conv({1, 1}, {1, 1}, 24)},
                                       {{1, 8, 10, 10}, {12, 4, 3, 3}, conv({1, 1}, {2, 2}, 2, 2)},
                                       {{2, 4, 13}, {6, 4, 5}, conv({2}, {1})},
                                       {{1, 2, 5, 6, 7}, {3, 2, 2, 3, 3}, conv({1, 1, 1}, {1, 0, 1})},
                                       {{1, 1, 28, 28}, {6, 1, 5, 5}, conv({1, 1}, {2, 2})}};
  for (const ConvCase& c : cases) {
    for (const bool bias : {false, true}) {
      Net net;
      std::vector<ir::ValueId> in{net.input(c.x), net.weights(c.w)};
      if (bias) in.push_back(net.weights({c.w[0]}));
      expect_equal_to_oracle(net.done({net.node(c.op, in)}), 2e-5, c.x.text() + c.w.text());
    }
  }
}

TEST(CpuOperators, ConvWithWeightsThatVary) {
  Net net;
  const auto y = net.node(conv({1, 1}, {1, 1}), {net.input({1, 8, 6, 6}), net.input({16, 8, 3, 3})});
  expect_equal_to_oracle(net.done({y}));
}

TEST(CpuOperators, ConvLargeEnoughForWinograd) {
  for (const Shape& x : {Shape{1, 64, 30, 27}, Shape{2, 48, 33, 21}}) {
    for (const int64_t pad : {0, 1}) {
      Net net;
      const auto c = net.node(conv({1, 1}, {pad, pad}), {net.input(x), net.weights({80, x[1], 3, 3}, 0.1F), net.weights({80})});
      ops::Unary relu;
      relu.kind = ops::UnaryKind::kRelu;
      const auto other = net.input(net.graph.type(c).shape);
      const auto sum = net.node(ops::Binary{}, {c, other});
      expect_equal_to_oracle(net.done({net.node(relu, {sum})}), 2e-4, x.text());
    }
  }
}

TEST(CpuOperators, ConvTranspose) {
  for (const int64_t groups : {1, 2}) {
    Net net;
    ops::ConvTranspose op;
    op.stride = {2, 2};
    op.dilation = {1, 1};
    op.pad_begin = {1, 0};
    op.pad_end = {1, 1};
    op.output_padding = {1, 0};
    op.groups = groups;
    expect_equal_to_oracle(net.done({net.node(op, {net.input({2, 6, 5, 7}), net.weights({6, 4, 3, 3}), net.weights({4 * groups})})}));
  }
}

TEST(CpuOperators, MatMul) {
  struct Case {
    Shape a, b;
    bool ta, tb, constant;
  };
  const std::vector<Case> cases = {{{1, 400}, {120, 400}, false, true, true},   {{5, 33}, {33, 7}, false, false, true},
                                   {{6, 50}, {50, 130}, false, false, true},    {{9, 20}, {64, 20}, false, true, true},
                                   {{2, 3, 17}, {17, 65}, false, false, true},  {{17, 4}, {17, 9}, true, false, true},
                                   {{2, 5, 8}, {2, 8, 6}, false, false, false}, {{2, 3, 4, 8}, {2, 3, 5, 8}, false, true, false},
                                   {{3, 4, 8}, {8, 5}, false, false, false},    {{4, 7, 1}, {4, 7, 3}, true, false, false}};
  for (const Case& c : cases) {
    for (const bool bias : {false, true}) {
      Net net;
      ops::MatMul op;
      op.transpose_a = c.ta;
      op.transpose_b = c.tb;
      std::vector<ir::ValueId> in{net.input(c.a), c.constant ? net.weights(c.b) : net.input(c.b)};
      if (bias) in.push_back(net.weights({c.b[c.b.rank() - (c.tb ? 2 : 1)]}));
      expect_equal_to_oracle(net.done({net.node(op, in)}), 2e-5, c.a.text() + c.b.text());
    }
  }
}

TEST(CpuOperators, Pool) {
  for (const auto kind : {ops::PoolKind::kMax, ops::PoolKind::kAverage}) {
    for (const bool ceil : {false, true}) {
      for (const bool include : {false, true}) {
        Net net;
        ops::Pool op;
        op.kind = kind;
        op.kernel = {3, 2};
        op.stride = {2, 2};
        op.dilation = {1, 1};
        op.pad_begin = {1, 0};
        op.pad_end = {1, 1};
        op.ceil_mode = ceil;
        op.count_include_pad = include;
        expect_equal_to_oracle(net.done({net.node(op, {net.input({2, 20, 10, 9})})}));
      }
    }
  }
}

TEST(CpuOperators, UnaryOfEveryKind) {
  for (size_t kind = 0; kind < ops::kUnaryKindNames.size(); ++kind) {
    ops::Unary op;
    op.kind = static_cast<ops::UnaryKind>(kind);
    op.alpha = op.kind == ops::UnaryKind::kClip ? -0.5 : 0.7;
    op.beta = 1.25;
    const bool logical = op.kind == ops::UnaryKind::kLogicalNot;
    Net net;
    expect_equal_to_oracle(net.done({net.node(op, {net.input({3, 37}, logical ? DType::kBool : DType::kF32)})}), 5e-5, std::string(ops::kUnaryKindNames[kind]));
  }
}

TEST(CpuOperators, ReluOfNanIsZero) {
  for (const auto kind : {ops::UnaryKind::kRelu, ops::UnaryKind::kRelu6}) {
    for (const bool fused : {false, true}) {
      Net net;
      ops::Unary op;
      op.kind = kind;
      const auto x = net.input({1, 32});
      const auto y = fused ? net.node(ops::MatMul{}, {x, net.weights({32, 32})}) : x;
      const ir::Graph graph = net.done({net.node(op, {y})});
      Tensors inputs = random_inputs(graph);
      inputs.views[0].as<float>()[3] = std::numeric_limits<float>::quiet_NaN();
      const auto want = must(ir::evaluate(graph, inputs.views));
      const auto executable = must(cpu().build(graph.clone(), {}));
      expect_near(run(*executable, graph, inputs).views[0], want[0].tensor, 1e-5, fused ? "behind MatMul" : "alone");
    }
  }
}

/// NaN and both infinities in the first input come out of the engine as out of `evaluate`.
void expect_beyond_bounds_alike(const ir::Graph& graph, double tolerance, const std::string& what) {
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  Tensors inputs = random_inputs(graph);
  const std::span<float> values = inputs.views[0].as<float>();
  values[3] = std::numeric_limits<float>::quiet_NaN();
  values[40] = kInfinite;
  values[70] = -kInfinite;
  const auto want = must(ir::evaluate(graph, inputs.views));
  const auto executable = must(cpu().build(graph.clone(), {}));
  expect_near(run(*executable, graph, inputs).views[0], want[0].tensor, tolerance, what);
}

TEST(CpuOperators, NumbersBeyondAllBoundsComeOutOfUnaryKindsAlike) {
  for (size_t kind = 0; kind < ops::kUnaryKindNames.size(); ++kind) {
    if (static_cast<ops::UnaryKind>(kind) == ops::UnaryKind::kLogicalNot) continue;
    for (const bool fused : {false, true}) {
      Net net;
      ops::Unary op;
      op.kind = static_cast<ops::UnaryKind>(kind);
      op.alpha = 0.75;
      op.beta = 1.25;
      const auto x = net.input({3, 32});
      const auto y = fused ? net.node(ops::MatMul{}, {x, net.weights({32, 32})}) : x;
      expect_beyond_bounds_alike(net.done({net.node(op, {y})}), 5e-5, str(ops::kUnaryKindNames[kind], fused ? " behind MatMul" : ""));
    }
  }
}

/// Behind products of every kind: own kernels and oneDNN's, one and several absorbed operations.
TEST(CpuOperators, NumbersBeyondAllBoundsComeOutOfProductsAlike) {
  using Kind = ops::UnaryKind;
  const auto behind = [](const std::string& product, Net& net) {
    ops::ConvTranspose transposed;
    transposed.stride = transposed.dilation = {1, 1};
    transposed.pad_begin = transposed.pad_end = transposed.output_padding = {0, 0};
    if (product == "few rows") return net.node(ops::MatMul{}, {net.input({3, 32}), net.weights({32, 32})});
    if (product == "many rows") return net.node(ops::MatMul{}, {net.input({96, 32}), net.weights({32, 32})});
    if (product == "conv") return net.node(conv({1, 1}, {0, 0}), {net.input({1, 32, 3, 16}), net.weights({32, 32, 1, 1})});
    return net.node(transposed, {net.input({1, 32, 3, 16}), net.weights({32, 32, 1, 1})});
  };
  for (const Kind kind : {Kind::kHardSigmoid, Kind::kHardSwish, Kind::kGeluErf, Kind::kGeluTanh, Kind::kFastGelu, Kind::kSilu, Kind::kMish}) {
    for (const char* product : {"few rows", "many rows", "conv", "conv transpose"}) {
      Net net;
      ops::Unary op;
      op.kind = kind;
      ops::Binary doubled;
      ir::ValueId y = behind(product, net);
      const Shape shape = net.graph.type(y).shape;
      y = net.node(doubled, {net.node(op, {net.node(doubled, {y, net.weights(shape)})}), net.weights(shape)});
      expect_beyond_bounds_alike(net.done({y}), 1e-4, str(ops::kUnaryKindNames[static_cast<size_t>(kind)], " behind ", product));
    }
  }
}

TEST(CpuOperators, BinaryOfEveryKindAndBroadcast) {
  const std::vector<std::pair<Shape, Shape>> shapes = {{{2, 3, 5}, {2, 3, 5}}, {{2, 3, 5}, {5}}, {{3, 1}, {2, 3, 5}},
                                                       {{2, 1, 5}, {3, 1}},    {{1}, {4, 4}},    {{1, 17, 1, 1}, {2, 17, 3, 3}}};
  for (size_t kind = 0; kind < ops::kBinaryKindNames.size(); ++kind) {
    ops::Binary op;
    op.kind = static_cast<ops::BinaryKind>(kind);
    const bool logical = op.kind >= ops::BinaryKind::kLogicalAnd;
    const bool bits = op.kind >= ops::BinaryKind::kBitAnd && op.kind <= ops::BinaryKind::kShiftRight;
    for (const auto& [a, b] : shapes) {
      Net net;
      const DType dtype = logical ? DType::kBool : bits ? DType::kI32 : DType::kF32;
      expect_equal_to_oracle(net.done({net.node(op, {net.input(a, dtype), net.input(b, dtype)})}), 2e-5,
                             std::string(ops::kBinaryKindNames[kind]) + a.text() + b.text());
    }
  }
}

TEST(CpuOperators, ElementTypesWithoutKernels) {
  for (const DType dtype : {DType::kF64, DType::kI32, DType::kI64}) {
    Net net;
    const auto x = net.input({2, 3, 4}, dtype);
    const auto y = net.node(ops::Binary{}, {x, net.input({4}, dtype)});
    ops::Transpose t;
    t.perm = {2, 0, 1};
    expect_equal_to_oracle(net.done({net.node(t, {y}), y}));
  }
}

TEST(CpuOperators, HalfPrecision) {
  for (const DType dtype : {DType::kF16, DType::kBF16}) {
    Net net;
    const auto x = net.input({1, 16, 6, 6}, dtype);
    const auto y = net.node(conv({1, 1}, {1, 1}), {x, net.input({8, 16, 3, 3}, dtype)});
    ops::Unary relu;
    relu.kind = ops::UnaryKind::kRelu;
    expect_equal_to_oracle(net.done({net.node(relu, {y})}), dtype == DType::kF16 ? 2e-3 : 2e-2);
  }
}

TEST(CpuOperators, Reduce) {
  const std::vector<std::vector<int64_t>> axes = {{2, 3}, {1}, {0}, {1, 2, 3}, {3}, {0, 2}, {}};
  for (size_t kind = 0; kind < 5; ++kind) {
    for (const auto& a : axes) {
      for (const bool keep : {false, true}) {
        Net net;
        ops::Reduce op;
        op.kind = static_cast<ops::ReduceKind>(kind);
        op.axes = a;
        op.keep_dims = keep;
        expect_equal_to_oracle(net.done({net.node(op, {net.input({2, 19, 3, 5})})}), 1e-4, str("kind ", kind, list_text(std::span(a))));
      }
    }
  }
}

TEST(CpuOperators, ReduceBehindChannelsLast) {
  for (const bool keep : {false, true}) {
    Net net;
    ops::Reduce op;
    op.kind = ops::ReduceKind::kMean;
    op.axes = {2, 3};
    op.keep_dims = keep;
    const auto y = net.node(conv({1, 1}, {0, 0}), {net.input({2, 6, 5, 7}), net.weights({70, 6, 1, 1})});
    expect_equal_to_oracle(net.done({net.node(op, {y})}));
  }
}

TEST(CpuOperators, Normalization) {
  for (const int64_t axis : {-1, 1}) {
    Net net;
    ops::LayerNorm op;
    op.begin_axis = axis;
    const Shape tail = axis == 1 ? Shape{5, 33} : Shape{33};
    expect_equal_to_oracle(net.done({net.node(op, {net.input({4, 5, 33}), net.weights(tail), net.weights(tail)})}));
  }
  for (const bool constant : {true, false}) {
    Net net;
    std::vector<ir::ValueId> in{net.input({2, 5, 3, 4})};
    for (int i = 0; i < 3; ++i) in.push_back(constant ? net.weights({5}) : net.input({5}));
    in.push_back(net.weights({5}, 0.5F, 1.0F));
    expect_equal_to_oracle(net.done({net.node(ops::BatchNorm{}, in)}));
  }
  Net net;
  expect_equal_to_oracle(net.done({net.node(ops::ChannelAffine{}, {net.input({2, 5, 3, 4}), net.weights({5}), net.weights({5})})}));
}

TEST(CpuOperators, Softmax) {
  for (const int64_t axis : {-1, 0, 1}) {
    for (const bool log : {false, true}) {
      Net net;
      ops::Softmax op;
      op.axis = axis;
      op.log = log;
      expect_equal_to_oracle(net.done({net.node(op, {net.input({3, 5, 21})})}));
    }
  }
}

TEST(CpuOperators, AttentionWithSplitHeads) {
  for (const bool mask : {false, true}) {
    Net net;
    std::vector<ir::ValueId> in;
    for (int i = 0; i < 3; ++i) {
      ops::Reshape split;
      split.shape = {2, 7, 3, 8};
      ops::Transpose t;
      t.perm = {0, 2, 1, 3};
      in.push_back(net.node(t, {net.node(split, {net.input({2, 7, 24})})}));
    }
    if (mask) in.push_back(net.input({2, 1, 1, 7}));
    ops::Attention op;
    op.scale = 0.35;
    ops::Transpose back;
    back.perm = {0, 2, 1, 3};
    ops::Reshape merge;
    merge.shape = {2, 7, 24};
    expect_equal_to_oracle(net.done({net.node(merge, {net.node(back, {net.node(op, in)})})}));
  }
}

TEST(CpuOperators, MovedData) {
  Net net;
  const auto x = net.input({2, 6, 4, 5});
  ops::Slice slice;
  slice.begin = {0, 1, 0, 1};
  slice.size = {2, 2, 4, 2};
  slice.stride = {1, 2, 1, 2};
  const auto s = net.node(slice, {x});
  ops::Transpose t;
  t.perm = {0, 3, 1, 2};
  const auto moved = net.node(t, {s});
  ops::Reshape flat;
  flat.shape = {4, 8};
  const auto f = net.node(flat, {moved});
  ops::Slice back;
  back.begin = {3, 7};
  back.size = {4, 8};
  back.stride = {-1, -1};
  ops::Concat join;
  join.axis = 1;
  expect_equal_to_oracle(net.done({net.node(join, {f, net.node(back, {f}), f}), s, moved}), 0);
}

TEST(CpuOperators, ConcatOfImages) {
  Net net;
  const auto x = net.input({2, 5, 6, 6});
  std::vector<ir::ValueId> parts;
  for (const int64_t channels : {3, 16, 7}) parts.push_back(net.node(conv({1, 1}, {0, 0}), {x, net.weights({channels, 5, 1, 1})}));
  parts.push_back(x);
  ops::Concat join;
  join.axis = 1;
  expect_equal_to_oracle(net.done({net.node(join, parts)}));
}

TEST(CpuOperators, GatherAndItsErrors) {
  Net net;
  const auto table = net.weights({4, 9});
  const auto index = net.input({2, 3}, DType::kI32);
  const ir::Graph graph = net.done({net.node(ops::Gather{}, {table, index}, "lookup")});
  expect_equal_to_oracle(graph, 0);
  const auto executable = must(cpu().build(graph.clone(), {}));
  Buffer workspace = must(Buffer::allocate(executable->workspace_bytes()));
  const auto context = must(executable->context(workspace.span()));
  Tensors inputs = random_inputs(graph);
  inputs.views[0].as<int32_t>()[4] = 4;
  Tensors outputs;
  outputs.add(graph.type(graph.outputs()[0]));
  const Status status = context->run({.inputs = inputs.views, .outputs = outputs.views, .allocate = {}});
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("node \"lookup\""), std::string::npos) << status.message();
}

}  // namespace
}  // namespace mindird::engines::cpu::testing
