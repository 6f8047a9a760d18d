#include "plan/batch_match.h"

#include <gtest/gtest.h>

#include <functional>

#include "ops/elementwise/binary.h"
#include "ops/movement/reshape.h"
#include "ops/movement/slice.h"
#include "ops/elementwise/unary.h"

namespace mindird::plan {
namespace {

using ir::Graph;
using ir::ValueId;

std::shared_ptr<ops::Unary> unary(ops::UnaryKind kind) {
  auto op = std::make_shared<ops::Unary>();
  op->kind = kind;
  return op;
}

ValueId constant(Graph& g, std::vector<float> values) {
  const TensorType type{DType::kF32, {static_cast<int64_t>(values.size())}};
  return g.add_constant(*make_constant(type, {reinterpret_cast<const std::byte*>(values.data()), type.bytes()}));
}

/// relu(x) + constant, reshaped so that the batch is multiplied into another dim.
Graph sample(int64_t rows, float number = 3, ops::UnaryKind kind = ops::UnaryKind::kRelu) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::kF32, {rows, 4, 6}});
  const ValueId y = *g.add(unary(kind), {x}, "relu");
  const ValueId sum = *g.add(std::make_shared<ops::Binary>(), {y, constant(g, std::vector<float>(6, number))}, "add");
  auto reshape = std::make_shared<ops::Reshape>();
  reshape->shape = {rows * 4, 6};
  g.set_outputs({*g.add(reshape, {sum}, "flat")});
  return g;
}

TEST(BatchMatch, DimsAndAttributesGrowWithTheBatch) {
  for (int64_t rows : {1, 2, 7, 64}) EXPECT_EQ(batch_difference(sample(5), 5, sample(rows), rows), std::nullopt) << rows;
}

TEST(BatchMatch, EveryOtherDifferenceIsFound) {
  const Graph symbolic = sample(5);
  EXPECT_NE(batch_difference(symbolic, 5, sample(2), 3), std::nullopt);
  EXPECT_EQ(*batch_difference(symbolic, 5, sample(2, 4), 2), "node \"add\" (Binary) differs between batch sizes");
  EXPECT_EQ(*batch_difference(symbolic, 5, sample(2, 3, ops::UnaryKind::kAbs), 2), "node \"relu\" (Unary) differs between batch sizes");
  Graph longer = sample(2);
  longer.set_outputs({*longer.add(unary(ops::UnaryKind::kRelu), {longer.outputs()[0]}, "more")});
  EXPECT_EQ(*batch_difference(symbolic, 5, longer, 2), "4 nodes, 3 at another batch size");
}

TEST(BatchMatch, WiringIsCompared) {
  const auto graph = [](int64_t rows, bool crossed) {
    Graph g;
    const ValueId x = g.add_input("x", {DType::kF32, {rows, 2}});
    const ValueId y = g.add_input("y", {DType::kF32, {rows, 2}});
    auto op = std::make_shared<ops::Binary>();
    op->kind = ops::BinaryKind::kSub;
    g.set_outputs({*g.add(op, {crossed ? y : x, crossed ? x : y}, "sub")});
    return g;
  };
  EXPECT_EQ(batch_difference(graph(7, false), 7, graph(3, false), 3), std::nullopt);
  EXPECT_NE(batch_difference(graph(7, false), 7, graph(3, true), 3), std::nullopt);
}

TEST(BatchMatch, AnAttributeThatDoesNotGrowInProportionIsADifference) {
  const auto graph = [](int64_t rows) {
    Graph g;
    const ValueId x = g.add_input("x", {DType::kF32, {rows, 2}});
    auto op = std::make_shared<ops::Slice>();
    op->begin = {rows - 1, 0};
    op->size = {1, 2};
    op->stride = {1, 1};
    g.set_outputs({*g.add(op, {x}, "last row")});
    return g;
  };
  EXPECT_EQ(*batch_difference(graph(7), 7, graph(3), 3), "node \"last row\" (Slice) differs between batch sizes");
}

TEST(BatchMatch, ThePlaceholderDividesNothing) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::kF32, {8, 5 * 7, 22}});
  auto reshape = std::make_shared<ops::Reshape>();
  reshape->shape = {8, 35 * 22};
  g.set_outputs({*g.add(reshape, {x}, "flat")});
  EXPECT_EQ(choose_placeholder(g), 13);
  EXPECT_EQ(choose_placeholder(sample(8)), 5);
}

/// x times a constant, which has a row for each of the batch when `each_row`.
Graph scaled(int64_t rows, bool each_row, const std::function<float(int64_t)>& value) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::kF32, {rows, 3}});
  const int64_t count = each_row ? rows : 1;
  std::vector<float> values;
  for (int64_t row = 0; row < count; ++row) values.insert(values.end(), 3, value(row));
  const TensorType type{DType::kF32, {count, 3}};
  const ValueId c = g.add_constant(*make_constant(type, {reinterpret_cast<const std::byte*>(values.data()), type.bytes()}));
  g.set_outputs({*g.add(std::make_shared<ops::Binary>(), {x, c}, "scale")});
  return g;
}

TEST(BatchMatch, ConstantsMayRepeatARowForEachOfTheBatch) {
  const auto same = [](int64_t) { return 3.F; };
  EXPECT_EQ(row_difference(scaled(5, true, same), 5, scaled(2, true, same), 2), std::nullopt);
  EXPECT_NE(batch_difference(scaled(5, true, same), 5, scaled(2, true, same), 2), std::nullopt);
}

TEST(BatchMatch, NumbersWorkedOutFromTheBatchAreADifference) {
  const auto row_number = [](int64_t row) { return static_cast<float>(row); };
  EXPECT_NE(row_difference(scaled(5, true, row_number), 5, scaled(2, true, row_number), 2), std::nullopt);
  EXPECT_EQ(*row_difference(scaled(5, false, [](int64_t) { return 5.F; }), 5, scaled(2, false, [](int64_t) { return 2.F; }), 2),
            "node \"scale\" (Binary) differs between batch sizes");
}

}  // namespace
}  // namespace mindird::plan
