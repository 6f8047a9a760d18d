#include "ops/movement/pad.h"

#include <gtest/gtest.h>

#include <limits>

#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;

Pad make(PadMode mode, std::vector<int64_t> before, std::vector<int64_t> after, double value = 0) {
  Pad op;
  op.mode = mode;
  op.before = std::move(before);
  op.after = std::move(after);
  op.value = value;
  return op;
}

TEST(Pad, ConstantAroundAndCropped) {
  const Array x = array<float>({2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(values_of<float>(run(make(PadMode::kConstant, {1, 0}, {0, 2}, 0.5), {x})), (std::vector<float>{.5, .5, .5, .5, 1, 2, .5, .5, 3, 4, .5, .5}));
  EXPECT_EQ(values_of<float>(run(make(PadMode::kConstant, {-1, 1}, {0, -1}, 9), {x})), (std::vector<float>{9, 3}));
  EXPECT_EQ(values_of<float>(run(make(PadMode::kConstant, {0, 3}, {0, -4}, 9), {x})), (std::vector<float>{9, 9}));
  EXPECT_EQ(values_of<float>(run(make(PadMode::kConstant, {-4, 0}, {3, 0}, 9), {x})), (std::vector<float>{9, 9}));
}

TEST(Pad, ConstantOfAnEmptyTensor) {
  EXPECT_EQ(values_of<float>(run(make(PadMode::kConstant, {1, 0}, {1, 0}, 2), {counted<float>({0, 2})})), (std::vector<float>{2, 2, 2, 2}));
}

TEST(Pad, ValueIsConvertedWithoutOverflow) {
  EXPECT_EQ(values_of<int32_t>(run(make(PadMode::kConstant, {1}, {0}, 1e300), {array<int32_t>({1}, {3})})),
            (std::vector<int32_t>{std::numeric_limits<int32_t>::max(), 3}));
  EXPECT_EQ(values_of<uint8_t>(run(make(PadMode::kConstant, {1}, {0}, -5), {array<uint8_t>({1}, {3})})), (std::vector<uint8_t>{0, 3}));
  EXPECT_EQ(values_of<int64_t>(run(make(PadMode::kConstant, {1}, {0}, std::nan("")), {array<int64_t>({1}, {3})})), (std::vector<int64_t>{0, 3}));
  EXPECT_EQ(values_of<uint16_t>(run(make(PadMode::kConstant, {1}, {0}, 1), {array<Half>({1}, {Half(2)})})), (std::vector<uint16_t>{0x3c00, 0x4000}));
  EXPECT_EQ(values_of<uint8_t>(run(make(PadMode::kConstant, {1}, {0}, 7), {bools({1}, {0})})), (std::vector<uint8_t>{1, 0}));
}

// np.pad([0, 1, 2, 3], (2, 3), mode="reflect" and "symmetric").
TEST(Pad, Mirrors) {
  const Array x = counted<float>({4});
  EXPECT_EQ(values_of<float>(run(make(PadMode::kReflect, {2}, {3}), {x})), (std::vector<float>{2, 1, 0, 1, 2, 3, 2, 1, 0}));
  EXPECT_EQ(values_of<float>(run(make(PadMode::kSymmetric, {2}, {3}), {x})), (std::vector<float>{1, 0, 0, 1, 2, 3, 3, 2, 1}));
  EXPECT_EQ(values_of<float>(run(make(PadMode::kSymmetric, {}, {}), {array<float>({}, {5})})), std::vector<float>{5});
}

TEST(Pad, MirrorsSeveralDims) {
  const Array x = counted<int16_t>({3, 2, 4});
  const auto fold = [](int64_t i, int64_t n) { return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i; };
  const auto y = run(make(PadMode::kReflect, {2, 0, 1}, {1, 1, 3}), {x});
  EXPECT_EQ(values_of<int16_t>(y),
            moved<int16_t>(x, {6, 3, 8}, [&](const Position& p) { return Position{fold(p[0] - 2, 3), fold(p[1], 2), fold(p[2] - 1, 4)}; }));
}

TEST(Pad, RefusesTooMuch) {
  const Array x = counted<float>({3});
  EXPECT_FALSE(run(make(PadMode::kReflect, {3}, {0}), {x}).ok());
  EXPECT_FALSE(run(make(PadMode::kSymmetric, {0}, {4}), {x}).ok());
  EXPECT_FALSE(run(make(PadMode::kReflect, {-1}, {0}), {x}).ok());
  EXPECT_FALSE(run(make(PadMode::kConstant, {-2}, {-2}), {x}).ok());
  EXPECT_FALSE(run(make(PadMode::kConstant, {0, 0}, {0, 0}), {x}).ok());
  EXPECT_FALSE(run(make(PadMode::kConstant, {std::numeric_limits<int64_t>::max()}, {1}), {x}).ok());
  EXPECT_FALSE(run(make(PadMode::kConstant, {std::numeric_limits<int64_t>::min()}, {std::numeric_limits<int64_t>::max()}), {x}).ok());
  EXPECT_FALSE(run(make(PadMode::kReflect, {1}, {0}), {counted<float>({0})}).ok());
}

TEST(Pad, BatchAxisOnlyWhenUntouched) {
  const ir::Types in{{DType::kF32, {4, 3}}};
  EXPECT_EQ(axis_of(make(PadMode::kConstant, {0, 1}, {0, 1}), in, {{0, 2}}), (ir::BatchAxis{0, 2}));
  EXPECT_EQ(axis_of(make(PadMode::kConstant, {0, 1}, {0, 1}), in, {{1, 1}}), std::nullopt);
  EXPECT_EQ(axis_of(make(PadMode::kConstant, {-1, 0}, {1, 0}), in, {{0, 1}}), std::nullopt);
}

TEST(Pad, SurvivesHostileAttributes) {
  Hostile h(5);
  for (int i = 0; i < 3000; ++i) {
    const Array x = counted<float>(h.shape());
    const auto mode = static_cast<PadMode>(h.pick(3));
    EXPECT_TRUE(survives(make(mode, h.list(x.type.shape.rank()), h.list(x.type.shape.rank())), {x}));
  }
}

}  // namespace
}  // namespace mindird::ops
