// The binary form of graphs: reads back to the same graph whatever its names are, and refuses damaged bytes.
#include "ir/binary.h"

#include <gtest/gtest.h>

#include <random>

#include "test/ir_toy_ops.h"

namespace mindird::ir {
namespace {

Graph sample() {
  Graph graph;
  graph.name = "sample";
  const ValueId x = graph.add_input("x, y) ->\n{", {DType::kF32, Shape{3}});
  const ValueId a = graph.add_constant(floats(Shape{3}, {1, 2.5, -0.0F}), "w");
  const ValueId b = graph.add_constant(floats(Shape{3}, {1, 2.5, -0.0F}), "w again");
  const ValueId y = *graph.add(std::make_shared<ToyAdd>(), {x, a}, "net/Add\n# op0");
  const ValueId z = *graph.add(std::make_shared<ToyAdd>(), {y, b}, "");
  graph.set_outputs({z, a, z});
  return graph;
}

TEST(GraphBinary, ReadsBackToTheSameGraph) {
  const Graph graph = sample();
  auto read = read_binary(write_binary(graph));
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(hash(*read), hash(graph));
  EXPECT_EQ(print(*read), print(graph));
  EXPECT_TRUE(read->verify().ok());
}

TEST(GraphBinary, ConstantsMayLieElsewhere) {
  const Graph graph = sample();
  std::vector<ConstantPtr> shared;
  const auto place = [&](const ConstantPtr& c) {
    shared.push_back(c);
    return shared.size() + 6;
  };
  const auto find = [&](uint64_t number) -> Result<ConstantPtr> {
    if (number < 7 || number - 7 >= shared.size()) return invalid_argument("no such constant");
    return shared[number - 7];
  };
  const std::vector<std::byte> bytes = write_binary(graph, place);
  EXPECT_EQ(shared.size(), 1U);
  auto read = read_binary(bytes, find);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(print(*read), print(graph));
  EXPECT_FALSE(read_binary(bytes).ok());
  EXPECT_FALSE(read_binary(write_binary(graph), find).ok());
  shared.clear();
  EXPECT_EQ(read_binary(bytes, find).status().message(), "no such constant");
}

TEST(GraphBinary, RefusesEveryTruncation) {
  const std::vector<std::byte> bytes = write_binary(sample());
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(read_binary(std::span(bytes).first(size)).ok()) << size;
  std::vector<std::byte> longer = bytes;
  longer.push_back({});
  EXPECT_EQ(read_binary(longer).status().message(), "graph has 1 bytes too many");
}

TEST(GraphBinary, TakesAnyBytes) {
  const std::vector<std::byte> bytes = write_binary(sample());
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::byte> damaged = bytes;
    for (uint32_t n = random() % 4; n <= 4; ++n) damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    auto read = read_binary(damaged);
    if (!read.ok()) continue;
    EXPECT_TRUE(read->verify().ok()) << read->verify().message();
  }
}

}  // namespace
}  // namespace mindird::ir
