// The builder's flags that follow from weights and settings, as the test libnvinfer got them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "ops/linear/conv.h"
#include "ops/linear/matmul.h"
#include "ops/elementwise/quantize.h"
#include "support.h"

namespace mindird::test {
namespace {

/// Ones with zeros at every other place along `axis`; `dense` fills one of the zeros.
ConstantPtr weights(const Shape& shape, size_t axis, bool dense) {
  int64_t inner = 1;
  for (size_t d = axis + 1; d < shape.rank(); ++d) inner *= shape[d];
  std::vector<float> values(static_cast<size_t>(shape.elements()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int64_t>(i) / inner % shape[axis] % 2 == 0 ? 1.0F : -0.0F;
  if (dense) *std::find_if(values.rbegin(), values.rend(), [](float v) { return v == 0; }) = 2;
  return *make_constant({DType::kF32, shape}, {reinterpret_cast<const std::byte*>(values.data()), values.size() * sizeof(float)});
}

ir::Graph conv(const ConstantPtr& w) {
  ir::Graph g;
  const ir::ValueId x = g.add_input("x", {DType::kF32, {1, w->type().shape[1], 5, 5}});
  auto op = std::make_shared<ops::Conv>();
  op->stride = op->dilation = {1, 1};
  op->pad_begin = op->pad_end = {0, 0};
  g.set_outputs({*g.add(op, {x, g.add_constant(w)}, "conv")});
  return g;
}

ir::Graph product(const ConstantPtr& w, bool transposed) {
  ir::Graph g;
  const ir::ValueId x = g.add_input("x", {DType::kF32, {3, w->type().shape[transposed ? 1 : 0]}});
  auto op = std::make_shared<ops::MatMul>();
  op->transpose_b = transposed;
  g.set_outputs({*g.add(op, {x, g.add_constant(w)}, "product")});
  return g;
}

/// The weights as 8-bit integers, as the passes leave those of a quantised model.
ir::Graph product_in_eight_bits(bool dense) {
  std::vector<int8_t> values(8 * 7);
  for (size_t i = 0; i < values.size(); ++i) values[i] = i / 7 % 2 == 0 ? static_cast<int8_t>(3) : static_cast<int8_t>(0);
  if (dense) values.back() = -128;
  ir::Graph g;
  const ir::ValueId x = g.add_input("x", {DType::kF32, {3, 8}});
  const ir::ValueId q = g.add_constant(*make_constant({DType::kI8, {8, 7}}, std::as_bytes(std::span(values))));
  const float scale = 0.5F;
  const ir::ValueId s = g.add_constant(*make_constant({DType::kF32, {}}, std::as_bytes(std::span(&scale, 1))));
  const ir::ValueId w = *g.add(std::make_shared<ops::Dequantize>(), {q, s}, "weights");
  g.set_outputs({*g.add(std::make_shared<ops::MatMul>(), {x, w}, "product")});
  return g;
}

/// The lines the engine says of itself.
std::vector<std::string> steps_of(ir::Graph graph) {
  std::vector<float> zeros(static_cast<size_t>(graph.type(graph.inputs()[0]).shape.elements()));
  const std::vector<Tensor> inputs = {{graph.type(graph.inputs()[0]), reinterpret_cast<std::byte*>(zeros.data())}};
  auto run = run_on_tensorrt(std::move(graph), inputs);
  EXPECT_TRUE(run.ok()) << run.status().message();
  if (!run.ok()) return {};
  return run->report["partitions"][0]["steps"].get<std::vector<std::string>>();
}

bool built_with(const std::vector<std::string>& steps, const char* flag) { return std::find(steps.begin(), steps.end(), flag) != steps.end(); }

constexpr const char* kSparse = "built with sparse_weights";

TEST(Sparsity, ConvolutionsQualifyAlongTheirInputChannels) {
  EXPECT_TRUE(built_with(steps_of(conv(weights({6, 8, 3, 3}, 1, false))), kSparse));
  EXPECT_FALSE(built_with(steps_of(conv(weights({6, 8, 3, 3}, 1, true))), kSparse));
  EXPECT_FALSE(built_with(steps_of(conv(weights({6, 6, 3, 3}, 1, false))), kSparse));  // not a multiple of four
  EXPECT_FALSE(built_with(steps_of(conv(weights({8, 8, 3, 3}, 0, false))), kSparse));  // along the output channels
}

TEST(Sparsity, ProductsQualifyAlongTheDimThatIsSummedOver) {
  EXPECT_TRUE(built_with(steps_of(product(weights({8, 7}, 0, false), false)), kSparse));
  EXPECT_TRUE(built_with(steps_of(product(weights({7, 8}, 1, false), true)), kSparse));
  EXPECT_FALSE(built_with(steps_of(product(weights({8, 7}, 0, true), false)), kSparse));
  EXPECT_FALSE(built_with(steps_of(product(weights({8, 8}, 1, false), false)), kSparse));
}

TEST(Sparsity, EightBitWeightsQualifyLikeOthers) {
  EXPECT_TRUE(built_with(steps_of(product_in_eight_bits(false)), kSparse));
  EXPECT_FALSE(built_with(steps_of(product_in_eight_bits(true)), kSparse));
}

TEST(Sparsity, TheEngineSaysHowManyQualify) {
  auto sparse = tensorrt_engine().build(product(weights({8, 7}, 0, false), false), {});
  ASSERT_TRUE(sparse.ok()) << sparse.status().message();
  const auto details = (*sparse)->details();
  EXPECT_NE(std::find(details.begin(), details.end(), std::pair<std::string, std::string>("sparse weights", "1 of 1 products")), details.end());
}

TEST(BuilderFlags, Tf32IsOffUnlessTheSettingsTurnItOn) { EXPECT_FALSE(built_with(steps_of(conv(weights({6, 8, 3, 3}, 1, false))), "built with tf32")); }

}  // namespace
}  // namespace mindird::test
