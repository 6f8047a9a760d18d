// ScatterNd and ScatterElements; expected values by NumPy's put and add.at.
#include <gtest/gtest.h>

#include <limits>

#include "ops/indexing/testing_index.h"
#include "ops/scatter/scatter_elements.h"
#include "ops/scatter/scatter_nd.h"

namespace mindird::ops {
namespace {

using namespace testing;
using V = std::vector<float>;

ScatterNd nd(ScatterKind kind) {
  ScatterNd op;
  op.kind = kind;
  return op;
}

ScatterElements elements(ScatterKind kind, int64_t axis) {
  ScatterElements op;
  op.kind = kind;
  op.axis = axis;
  return op;
}

TEST(ScatterNd, EveryKindOnRowsInOrder) {
  const Array x = array<float>({3, 2}, {1, 2, 3, 4, 5, 6});
  const Array rows = array<int32_t>({3, 1}, {2, 0, 2});
  const Array y = array<float>({3, 2}, {2, 8, 4, 1, 10, 2});
  EXPECT_EQ(values_of<float>(run(nd(ScatterKind::kUpdate), {x, rows, y})), (V{4, 1, 3, 4, 10, 2}));
  EXPECT_EQ(values_of<float>(run(nd(ScatterKind::kAdd), {x, rows, y})), (V{5, 3, 3, 4, 17, 16}));
  EXPECT_EQ(values_of<float>(run(nd(ScatterKind::kSub), {x, rows, y})), (V{-3, 1, 3, 4, -7, -4}));
  EXPECT_EQ(values_of<float>(run(nd(ScatterKind::kMul), {x, rows, y})), (V{4, 2, 3, 4, 100, 96}));
  EXPECT_EQ(values_of<float>(run(nd(ScatterKind::kDiv), {x, rows, y})), (V{0.25, 2, 3, 4, 0.25, 0.375}));
  EXPECT_EQ(values_of<float>(run(nd(ScatterKind::kMax), {x, rows, y})), (V{4, 2, 3, 4, 10, 8}));
  EXPECT_EQ(values_of<float>(run(nd(ScatterKind::kMin), {x, rows, y})), (V{1, 1, 3, 4, 2, 2}));
}

TEST(ScatterNd, ElementsWholeTensorsNegativeAndNone) {
  const Array x = counted<int64_t>({2, 3});
  EXPECT_EQ(values_of<int64_t>(run(nd(ScatterKind::kUpdate), {x, array<int64_t>({2, 2}, {1, 2, 0, -3}), array<int64_t>({2}, {70, 80})})),
            (std::vector<int64_t>{80, 1, 2, 3, 4, 70}));
  EXPECT_EQ(values_of<int64_t>(run(nd(ScatterKind::kAdd), {x, array<int32_t>({2, 0}, {}), counted<int64_t>({2, 2, 3})})),
            (std::vector<int64_t>{6, 9, 12, 15, 18, 21}));
  EXPECT_EQ(values_of<int64_t>(run(nd(ScatterKind::kAdd), {x, array<int32_t>({0, 1}, {}), counted<int64_t>({0, 3})})), x.values<int64_t>());
  EXPECT_EQ(values_of<uint8_t>(run(nd(ScatterKind::kUpdate), {bools({2}, {1, 0}), array<int32_t>({1, 1}, {1}), bools({1}, {1})})),
            (std::vector<uint8_t>{1, 1}));
}

TEST(ScatterNd, IntegersWrapAndDivideByZeroToZero) {
  const Array rows = array<int32_t>({1, 1}, {0});
  EXPECT_EQ(values_of<int8_t>(run(nd(ScatterKind::kAdd), {array<int8_t>({1}, {127}), rows, array<int8_t>({1}, {1})})), (std::vector<int8_t>{-128}));
  EXPECT_EQ(values_of<int32_t>(run(nd(ScatterKind::kDiv), {array<int32_t>({1}, {7}), rows, array<int32_t>({1}, {0})})), (std::vector<int32_t>{0}));
}

TEST(ScatterNd, Refusals) {
  const Array x = counted<float>({2, 3});
  const auto outside = run(nd(ScatterKind::kUpdate), {x, array<int32_t>({1, 1}, {2}), counted<float>({1, 3})});
  EXPECT_EQ(outside.status().code(), Code::kInvalidArgument);
  EXPECT_NE(outside.status().message().find("index 2"), std::string::npos);
  EXPECT_FALSE(run(nd(ScatterKind::kUpdate), {x, array<int32_t>({1, 1}, {0}), counted<float>({1, 2})}).ok());
  EXPECT_FALSE(run(nd(ScatterKind::kUpdate), {x, array<int32_t>({1, 3}, {0, 0, 0}), counted<float>({1})}).ok());
  EXPECT_FALSE(run(nd(ScatterKind::kUpdate), {x, counted<float>({1, 1}), counted<float>({1, 3})}).ok());
  EXPECT_FALSE(run(nd(ScatterKind::kUpdate), {x, array<int32_t>({1, 1}, {0}), counted<int32_t>({1, 3})}).ok());
  EXPECT_FALSE(run(nd(ScatterKind::kAdd), {bools({2}, {1, 0}), array<int32_t>({1, 1}, {1}), bools({1}, {1})}).ok());
  EXPECT_FALSE(run(nd(ScatterKind::kUpdate), {counted<float>({0, 2}), array<int32_t>({1, 1}, {0}), counted<float>({1, 2})}).ok());
}

TEST(ScatterNd, BatchAxis) {
  const ir::Types in{{DType::kF32, {5, 8, 3}}, {DType::kI32, {2, 7, 1}}, {DType::kF32, {2, 7, 8, 3}}};
  EXPECT_EQ(axis_of(nd(ScatterKind::kAdd), in, {{1, 2}, {-1, 1}, {2, 2}}), (ir::BatchAxis{1, 2}));
  EXPECT_EQ(axis_of(nd(ScatterKind::kAdd), in, {{0, 1}, {-1, 1}, {-1, 1}}), std::nullopt);
  EXPECT_EQ(axis_of(nd(ScatterKind::kAdd), in, {{1, 1}, {-1, 1}, {-1, 1}}), std::nullopt);
  EXPECT_EQ(axis_of(nd(ScatterKind::kAdd), in, {{-1, 1}, {-1, 1}, {-1, 1}}), (ir::BatchAxis{-1, 1}));
}

TEST(ScatterElements, BothAxes) {
  const Array x = counted<float>({3, 3});
  const Array y = array<float>({2, 2}, {10, 20, 30, 40});
  const Array at = array<int64_t>({2, 2}, {2, 0, -1, 1});
  EXPECT_EQ(values_of<float>(run(elements(ScatterKind::kUpdate, 0), {x, at, y})), (V{0, 20, 2, 3, 40, 5, 30, 7, 8}));
  EXPECT_EQ(values_of<float>(run(elements(ScatterKind::kAdd, 0), {x, at, y})), (V{0, 21, 2, 3, 44, 5, 46, 7, 8}));
  EXPECT_EQ(values_of<float>(run(elements(ScatterKind::kUpdate, -1), {x, at, y})), (V{20, 1, 10, 3, 40, 30, 6, 7, 8}));
}

TEST(ScatterElements, RefusalsAndNothingToDo) {
  const Array x = counted<float>({3, 3});
  EXPECT_FALSE(run(elements(ScatterKind::kUpdate, 0), {x, array<int64_t>({1, 1}, {3}), counted<float>({1, 1})}).ok());
  EXPECT_FALSE(run(elements(ScatterKind::kUpdate, 0), {x, counted<int64_t>({1, 4}), counted<float>({1, 4})}).ok());
  EXPECT_FALSE(run(elements(ScatterKind::kUpdate, 2), {x, counted<int64_t>({1, 1}), counted<float>({1, 1})}).ok());
  EXPECT_FALSE(run(elements(ScatterKind::kUpdate, 0), {x, counted<int64_t>({1}), counted<float>({1})}).ok());
  EXPECT_EQ(values_of<float>(run(elements(ScatterKind::kUpdate, 0), {x, counted<int64_t>({0, 3}), counted<float>({0, 3})})), x.values<float>());
}

TEST(ScatterElements, BatchAxis) {
  const ir::Types in{{DType::kF32, {4, 5}}, {DType::kI32, {4, 2}}, {DType::kF32, {4, 2}}};
  EXPECT_EQ(axis_of(elements(ScatterKind::kAdd, 1), in, {{0, 2}, {0, 2}, {0, 2}}), (ir::BatchAxis{0, 2}));
  EXPECT_EQ(axis_of(elements(ScatterKind::kAdd, 0), in, {{0, 2}, {0, 2}, {0, 2}}), std::nullopt);
  EXPECT_EQ(axis_of(elements(ScatterKind::kAdd, 1), in, {{0, 2}, {-1, 1}, {0, 2}}), std::nullopt);
}

TEST(Scatter, HostileInputsNeverCrash) {
  Hostile source(5);
  size_t accepted = 0;
  for (int round = 0; round < 4000; ++round) {
    const auto x = counted<float>(source.shape(3));
    auto index = counted<int64_t>(source.shape(3));
    std::vector<int64_t> values = index.values<int64_t>();
    for (int64_t& v : values) v = source.pick(4) ? static_cast<int64_t>(source.pick(2)) : source.value();
    index = array<int64_t>(index.type.shape, values);
    const std::vector<Array> in{x, index, counted<float>(source.pick(2) ? index.type.shape : source.shape(3))};
    const auto kind = static_cast<ScatterKind>(source.pick(kScatterKindNames.size()));
    EXPECT_TRUE(survives(nd(kind), in));
    EXPECT_TRUE(survives(elements(kind, source.value()), in));
    accepted += nd(kind).infer(types_of(in)).ok() || elements(kind, 0).infer(types_of(in)).ok() ? 1 : 0;
  }
  EXPECT_GT(accepted, 20U);
}

}  // namespace
}  // namespace mindird::ops
