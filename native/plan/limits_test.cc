#include "plan/limits.h"

#include <gtest/gtest.h>

#include "ops/linear/matmul.h"
#include "ops/elementwise/unary.h"

namespace mindird::plan {
namespace {

/// x[rows,rows] → relu → matmul with itself.
ir::Graph square(int64_t rows) {
  ir::Graph graph;
  const ir::ValueId x = graph.add_input("x", {DType::kF32, Shape(std::vector<int64_t>{rows, rows})});
  auto relu = std::make_shared<ops::Unary>();
  relu->kind = ops::UnaryKind::kRelu;
  const ir::ValueId r = *graph.add(std::move(relu), {x}, "Default/relu");
  graph.set_outputs({*graph.add(std::make_shared<ops::MatMul>(), {r, r}, "Default/y")});
  return graph;
}

TEST(Limits, WithinThem) {
  // The product reads the same 400 bytes twice and writes as many.
  EXPECT_TRUE(check_limits(square(10), {1200, 1100}).ok());
  EXPECT_TRUE(check_limits(square(100'000), {}).ok());
}

TEST(Limits, MemoryNamesTheNodeAndTheSetting) {
  const Status status = check_limits(square(1024), {size_t{10} << 20U, 0});
  EXPECT_EQ(status.code(), Code::kTooLarge);
  EXPECT_EQ(status.message(), "node \"Default/y\" (MatMul): needs 12 MiB at once, want at most 10 (model.max_memory)");
}

TEST(Limits, WorkAddsUp) {
  EXPECT_FALSE(check_limits(square(10), {0, 1099}).ok());
  const Status status = check_limits(square(100'000), {0, 1e12});
  EXPECT_EQ(status.code(), Code::kTooLarge);
  EXPECT_EQ(status.message(), "node \"Default/y\" (MatMul): brings one execution above 1000 billion multiply-adds (model.max_work)");
}

}  // namespace
}  // namespace mindird::plan
