#include <gtest/gtest.h>

#include <array>
#include <string>

#include "ir/graph.h"
#include "test/ir_toy_ops.h"

namespace mindird::ir {
namespace {

std::vector<float> values_of(const OwnedTensor& tensor) {
  const auto values = tensor.tensor.as<float>();
  return {values.begin(), values.end()};
}

/// Evaluates a graph of one float32 vector.
Result<std::vector<OwnedTensor>> run(const std::string& text, std::vector<float> x) {
  const auto graph = parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  const Tensor input{{DType::kF32, Shape{static_cast<int64_t>(x.size())}}, reinterpret_cast<std::byte*>(x.data())};
  return evaluate(*graph, std::array{input});
}

TEST(Evaluate, RunsNodesInOrder) {
  const auto out = run(R"(graph g(x: f32[2]) -> (c, a) {
    w = const f32[2] = {10, 20}
    a = ToyScale(x) {factor=3}
    b = ToyAdd(a, w)
    c = ToyAdd(b, x)
  })",
                       {1, 2});
  ASSERT_TRUE(out.ok()) << out.status().message();
  EXPECT_EQ(values_of((*out)[0]), (std::vector<float>{14, 28}));
  EXPECT_EQ(values_of((*out)[1]), (std::vector<float>{3, 6}));
}

TEST(Evaluate, CopiesInputsAndConstantsIntoOutputs) {
  std::vector<float> x = {1, 2};
  const auto graph = parse("graph g(x: f32[2]) -> (x, w, x) {\n w = const f32[2] = {5, 6}\n}");
  ASSERT_TRUE(graph.ok());
  const Tensor input{{DType::kF32, Shape{2}}, reinterpret_cast<std::byte*>(x.data())};
  const auto out = evaluate(*graph, std::array{input});
  ASSERT_TRUE(out.ok());
  x[0] = 9;
  EXPECT_EQ(values_of((*out)[0]), (std::vector<float>{1, 2}));
  EXPECT_EQ(values_of((*out)[1]), (std::vector<float>{5, 6}));
  EXPECT_NE((*out)[0].tensor.data, input.data);
}

TEST(Evaluate, InfersUnknownDimsOnTheWay) {
  const auto out = run(R"(graph g(x: f32[4]) -> (y) {
    p = ToyPositive(x) : f32[-1]
    q = ToyScale(p) {factor=2} : f32[-1]
    y = ToyAdd(q, p) : f32[-1]
  })",
                       {1, -1, 0, 3});
  ASSERT_TRUE(out.ok()) << out.status().message();
  EXPECT_EQ((*out)[0].tensor.shape(), (Shape{2}));
  EXPECT_EQ(values_of((*out)[0]), (std::vector<float>{3, 9}));
}

TEST(Evaluate, NamesTheNodeThatFails) {
  const auto out = run(R"(graph g(x: f32[4]) -> (y) {
    p = ToyPositive(x) : f32[-1]
    y = ToyAdd(p, x) : f32[-1]  # sum
  })",
                       {1, -1, 0, 3});
  EXPECT_EQ(out.status().message(), "node \"sum\" (ToyAdd): inputs f32[2] and f32[4], want two equal f32 tensors");
}

TEST(Evaluate, WantsAllInputs) {
  const auto graph = parse("graph g(x: f32[2]) -> (x) {\n}");
  ASSERT_TRUE(graph.ok());
  EXPECT_EQ(evaluate(*graph, {}).status().message(), "graph has 1 inputs, given 0");
}

}  // namespace
}  // namespace mindird::ir
