// Graphs of other batch sizes made from the one at a placeholder are those that would be lowered, and nonsense is refused.
#include "plan/at_batch.h"

#include <gtest/gtest.h>

#include <limits>

#include "ops/movement/concat.h"
#include "ops/movement/reshape.h"
#include "ops/elementwise/unary.h"

namespace mindird::plan {
namespace {

using ir::Graph;
using ir::ValueId;

std::shared_ptr<ops::Reshape> reshape(std::vector<int64_t> shape) {
  auto op = std::make_shared<ops::Reshape>();
  op->shape = std::move(shape);
  return op;
}

/// x[n,3] and its relu flattened to [3n], twice, as [2,3n].
Graph of_rows(int64_t n) {
  Graph g;
  g.name = "sample";
  const ValueId x = g.add_input("x", {DType::kF32, {n, 3}});
  const ValueId y = *g.add(std::make_shared<ops::Unary>(), {x}, "relu");
  const ValueId flat = *g.add(reshape({1, 3 * n}), {y}, "flat");
  auto both = std::make_shared<ops::Concat>();
  both->axis = 0;
  g.set_outputs({*g.add(both, {flat, flat}, "both"), y});
  return g;
}

TEST(AtBatch, IsTheGraphOfThatBatchSize) {
  const Graph symbolic = of_rows(5);
  for (int64_t rows : {1, 2, 5, 1000}) {
    const auto made = at_batch(symbolic, 5, rows);
    ASSERT_TRUE(made.ok()) << made.status().message();
    EXPECT_EQ(ir::print(*made), ir::print(of_rows(rows)));
  }
}

TEST(AtBatch, SizesThatContradictEachOtherAreRefusedWithTheNode) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::kF32, {5, 3}});
  g.set_outputs({*g.add(reshape({3, 5}), {x}, "turn"), *g.add(reshape({15}), {x}, "flat")});
  ASSERT_TRUE(at_batch(g, 5, 2).ok());
  // With 15 for the batch the input keeps its 15 values and the last shape doubles.
  const auto odd = at_batch(g, 15, 2);
  EXPECT_EQ(odd.status().code(), Code::kInvalidModel);
  EXPECT_NE(odd.status().message().find("node \"flat\" (Reshape)"), std::string::npos) << odd.status().message();
}

TEST(AtBatch, NumbersBeyondCountingAreRefused) {
  const auto made = at_batch(of_rows(5), 5, std::numeric_limits<int64_t>::max() / 2);
  EXPECT_EQ(made.status().code(), Code::kInvalidModel);
}

}  // namespace
}  // namespace mindird::plan
