// Steps that read by indices, against the operators' own evaluation; indices out of range fail with the operators' words, whatever the number of threads.
#include "engines/cpu/testing_graphs.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/gather_elements.h"
#include "ops/indexing/gather_nd.h"
#include "ops/indexing/one_hot.h"
#include "ops/movement/transpose.h"

namespace mindird::engines::cpu::testing {
namespace {

constexpr DType kSizes[] = {DType::kU8, DType::kI16, DType::kF32, DType::kI64};

/// Random inputs whose indices go from -extent to extent - 1.
Tensors indexed_inputs(const ir::Graph& graph, size_t input, int64_t extent) {
  Tensors inputs = random_inputs(graph);
  std::mt19937 random(3);
  const Tensor& indices = inputs.views[input];
  for (size_t i = 0; i < static_cast<size_t>(indices.elements()); ++i) {
    const int64_t index = static_cast<int64_t>(random() % static_cast<uint32_t>(2 * extent)) - extent;
    if (indices.dtype() == DType::kI64) {
      indices.as<int64_t>()[i] = index;
    } else {
      indices.as<int32_t>()[i] = static_cast<int32_t>(index);
    }
  }
  return inputs;
}

TEST(CpuLookups, Gather) {
  struct Case {
    Shape x, indices;
    int64_t axis, batch_dims;
  };
  const std::vector<Case> cases = {{{5, 3}, {2, 3}, 0, 0},     {{3, 5, 7}, {4}, 1, 0},     {{3, 5, 7}, {}, -1, 0},          {{2, 5, 3}, {2, 4}, 1, 1},
                                   {{50, 77}, {31, 43}, 0, 0}, {{41, 53, 17}, {97}, 2, 0}, {{2, 3, 50, 9}, {2, 201}, 2, 1}, {{2, 3, 50, 9}, {2, 3, 67}, 2, 2}};
  for (const Case& c : cases) {
    for (const DType dtype : kSizes) {
      for (const DType index : {DType::kI32, DType::kI64}) {
        Net net;
        ops::Gather op;
        op.axis = c.axis;
        op.batch_dims = c.batch_dims;
        const ir::Graph graph = net.done({net.node(op, {net.input(c.x, dtype), net.input(c.indices, index)})});
        expect_kernels(graph, indexed_inputs(graph, 1, c.x[*normalize_axis(c.axis, c.x.rank())]), 0, str(c.x.text(), c.indices.text(), c.axis));
      }
    }
  }
}

TEST(CpuLookups, GatherElements) {
  for (const Shape& indices : {Shape{2, 3, 4}, Shape{31, 33, 35}, Shape{5, 33, 11}}) {
    const Shape x{31, 33, 35};
    for (const int64_t axis : {0, 1, -1}) {
      for (const DType dtype : kSizes) {
        for (const DType index : {DType::kI32, DType::kI64}) {
          Net net;
          ops::GatherElements op;
          op.axis = axis;
          ops::Transpose t;
          t.perm = {2, 1, 0};
          const auto turned = net.node(t, {net.input({35, 33, 31}, dtype)});
          const auto at = net.input(indices, index);
          const ir::Graph graph = net.done({net.node(op, {net.input(x, dtype), at}), net.node(op, {turned, at})});
          expect_kernels(graph, indexed_inputs(graph, 1, 31), 0, str(indices.text(), axis));
        }
      }
    }
  }
}

TEST(CpuLookups, GatherNd) {
  for (const Shape& indices : {Shape{3, 1}, Shape{2, 3, 2}, Shape{7, 3}, Shape{211, 191, 2}, Shape{3}}) {
    for (const DType dtype : kSizes) {
      Net net;
      const ir::Graph graph = net.done({net.node(ops::GatherNd{}, {net.input({6, 7, 9}, dtype), net.input(indices, DType::kI32)})});
      expect_kernels(graph, indexed_inputs(graph, 1, 6), 0, indices.text());
    }
  }
}

TEST(CpuLookups, OneHot) {
  for (const int64_t axis : {-1, 0, 1}) {
    for (const Shape& indices : {Shape{5, 3}, Shape{71, 43}}) {
      for (const DType dtype : kSizes) {
        Net net;
        ops::OneHot op;
        op.depth = 33;
        op.axis = axis;
        const ir::Graph graph = net.done({net.node(op, {net.input(indices, DType::kI64), net.input({}, dtype), net.input({1}, dtype)})});
        expect_kernels(graph, indexed_inputs(graph, 0, 40), 0, str(indices.text(), axis));
      }
    }
  }
}

template <class Op>
void expect_same_refusal(const Op& op, const Shape& x, const Shape& indices) {
  for (const int threads : {1, 3}) {
    Net net;
    const ir::Graph graph = net.done({net.node(op, {net.input(x), net.input(indices, DType::kI64)})});
    Tensors inputs = indexed_inputs(graph, 1, 2);
    const size_t count = inputs.views[1].as<int64_t>().size();
    for (const size_t at : {count - 1, count - 3, count / 3}) inputs.views[1].as<int64_t>()[at] = 1000 + static_cast<int64_t>(at);
    const auto want = ir::evaluate(graph, inputs.views);
    ASSERT_FALSE(want.ok());
    const auto executable = must(cpu().build(graph.clone(), {threads, true, make_packed_store(), {}}));
    Buffer workspace = must(Buffer::allocate(executable->workspace_bytes()));
    const auto context = must(executable->context(workspace.span()));
    Tensors outputs;
    outputs.add(graph.type(graph.outputs()[0]));
    const Status status = context->run({.inputs = inputs.views, .outputs = outputs.views, .allocate = {}});
    EXPECT_EQ(status.code(), want.status().code());
    const std::string message = status.message();
    EXPECT_NE(message.find(str("index ", 1000 + count / 3, " at position ", count / 3)), std::string::npos) << message;
  }
}

TEST(CpuLookups, RefuseTheFirstIndexOutOfRange) {
  expect_same_refusal(ops::Gather{}, {5, 70}, {61, 33});
  expect_same_refusal(ops::GatherElements{}, {181, 199}, {181, 199});
  expect_same_refusal(ops::GatherNd{}, {5, 70}, {61, 33, 1});
}

}  // namespace
}  // namespace mindird::engines::cpu::testing
