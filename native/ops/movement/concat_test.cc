#include "ops/movement/concat.h"

#include <gtest/gtest.h>

#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;

Concat make(int64_t axis) {
  Concat op;
  op.axis = axis;
  return op;
}

TEST(Concat, LastAxis) {
  const auto y = run(make(-1), {counted<float>({2, 2}), array<float>({2, 1}, {8, 9})});
  EXPECT_EQ(values_of<float>(y), (std::vector<float>{0, 1, 8, 2, 3, 9}));
}

TEST(Concat, ManyInputsAnyElementSizeAndEmptyParts) {
  const auto part = [](int64_t n, uint8_t v) { return array<uint8_t>({2, n, 2}, std::vector<uint8_t>(static_cast<size_t>(4 * n), v)); };
  const auto y = run(make(1), {part(1, 1), part(0, 9), part(2, 2)});
  EXPECT_EQ(values_of<uint8_t>(y), (std::vector<uint8_t>{1, 1, 2, 2, 2, 2, 1, 1, 2, 2, 2, 2}));
  const auto wide = run(make(0), {array<int64_t>({1}, {5}), array<int64_t>({2}, {6, 7})});
  EXPECT_EQ(values_of<int64_t>(wide), (std::vector<int64_t>{5, 6, 7}));
  EXPECT_EQ(values_of<float>(run(make(0), {counted<float>({3})})), (std::vector<float>{0, 1, 2}));
}

TEST(Concat, Refuses) {
  EXPECT_FALSE(run(make(0), {}).ok());
  EXPECT_FALSE(run(make(0), {counted<float>({2, 2}), counted<float>({2, 3})}).ok());
  EXPECT_FALSE(run(make(0), {counted<float>({2}), counted<float>({2, 2})}).ok());
  EXPECT_FALSE(run(make(0), {counted<float>({2}), counted<int32_t>({2})}).ok());
  EXPECT_FALSE(run(make(0), {counted<float>({}), counted<float>({})}).ok());
  EXPECT_FALSE(run(make(2), {counted<float>({2, 2})}).ok());
  const TensorType huge{DType::kU8, {std::numeric_limits<int64_t>::max() - 1}};
  EXPECT_FALSE(make(0).infer(std::vector<TensorType>{huge, huge}).ok());
}

TEST(Concat, BatchAxisWhenAllInputsAgree) {
  const ir::Types in{{DType::kF32, {4, 3}}, {DType::kF32, {4, 3}}};
  EXPECT_EQ(axis_of(make(1), in, {{0, 2}, {0, 2}}), (ir::BatchAxis{0, 2}));
  EXPECT_EQ(axis_of(make(1), in, {{0, 2}, {0, 1}}), std::nullopt);
  EXPECT_EQ(axis_of(make(1), in, {{0, 1}, {}}), std::nullopt);
  EXPECT_EQ(axis_of(make(1), in, {{}, {0, 1}}), std::nullopt);
  EXPECT_EQ(axis_of(make(0), in, {{0, 1}, {0, 1}}), std::nullopt);
  EXPECT_EQ(axis_of(make(0), in, {{}, {}}), ir::BatchAxis{});
}

}  // namespace
}  // namespace mindird::ops
