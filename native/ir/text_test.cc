// The text form of graphs: what it looks like, that it reads back to the same graph, and what is wrong with texts that
// do not.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "ir/graph.h"
#include "test/ir_toy_ops.h"

namespace mindird::ir {
namespace {

TEST(GraphText, LooksAsDescribed) {
  Graph graph;
  graph.name = "sample";
  const ValueId x = graph.add_input("x", {DType::kF32, Shape{2}});
  const ValueId c = graph.add_constant(floats(Shape{2}, {1, 2.5}), "w");
  const ValueId y = *graph.add(std::make_shared<ToyAdd>(), {x, c}, "net/Add-op0");
  graph.rename_value(y, "y");
  graph.set_outputs({y});
  EXPECT_EQ(print(graph), R"(graph sample(x: f32[2]) -> (y) {
  w = const f32[2] = {1, 2.5}
  y = ToyAdd(x, w) : f32[2]  # net/Add-op0
}
)");
  EXPECT_EQ(print(graph, {.constant_values = false, .origins = false}).find('#'), std::string::npos);
}

TEST(GraphText, WritesLargeConstantsByHash) {
  Graph graph;
  const ConstantPtr large = floats(Shape{9}, std::vector<float>(9, 1));
  graph.set_outputs({graph.add_constant(large, "w")});
  EXPECT_NE(print(graph).find("w = const f32[9] @" + large->hash().hex()), std::string::npos);
  const auto read = parse(print(graph));
  EXPECT_EQ(read.status().message(), "line 2: constant w has no values, want const TYPE = {…}");
}

/// Bits of all kinds for every element type, special floats among them.
ConstantPtr random_constant(DType dtype, std::mt19937& random) {
  const Shape shape = random() % 4 == 0 ? Shape{} : Shape{static_cast<int64_t>(random() % 4), static_cast<int64_t>(random() % 5)};
  const TensorType type{dtype, shape};
  std::vector<std::byte> bytes(type.bytes());
  for (std::byte& b : bytes) b = static_cast<std::byte>(dtype == DType::kBool ? random() % 2 : random());
  if (dtype == DType::kF32 && !bytes.empty()) {
    const float specials[] = {std::numeric_limits<float>::infinity(), -0.0F, 1e-44F};
    std::copy_n(reinterpret_cast<const std::byte*>(&specials[random() % 3]), 4, bytes.begin());
  }
  auto made = make_constant(type, bytes);
  EXPECT_TRUE(made.ok());
  return *made;
}

/// NaN has many bit patterns and one text: constants with NaN do not read back to the same bits.
bool has_nan(const Constant& c) {
  for (int64_t i = 0; i < c.type().shape.elements(); ++i) {
    const auto at = static_cast<size_t>(i);
    if (c.type().dtype == DType::kF32 && std::isnan(c.as<float>()[at])) return true;
    if (c.type().dtype == DType::kF64 && std::isnan(c.as<double>()[at])) return true;
    if (c.type().dtype == DType::kF16 && std::isnan(static_cast<float>(c.as<Half>()[at]))) return true;
    if (c.type().dtype == DType::kBF16 && std::isnan(static_cast<float>(c.as<BFloat16>()[at]))) return true;
  }
  return false;
}

ToyScale random_scale(std::mt19937& random) {
  ToyScale op;
  op.factor = std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 600) - 300);
  op.count = static_cast<int64_t>(random()) - (int64_t{1} << 31U);
  op.flag = random() % 2 == 0;
  op.label = random() % 2 == 0 ? "" : "a=b, [c]";
  op.type = static_cast<DType>(random() % kDTypeCount);
  for (size_t i = random() % 4; i > 0; --i) op.sizes.push_back(static_cast<int64_t>(random() % 9) - 4);
  op.mode = random() % 2 == 0 ? ToyScale::Mode::kPlain : ToyScale::Mode::kFancy;
  return op;
}

Graph random_graph(uint32_t seed) {
  std::mt19937 random(seed);
  Graph graph;
  graph.name = "g" + std::to_string(seed);
  std::vector<ValueId> values;
  for (size_t i = 1 + random() % 3; i > 0; --i)
    values.push_back(graph.add_input("in", {static_cast<DType>(random() % kDTypeCount), Shape{2, static_cast<int64_t>(random() % 3)}}));
  for (size_t i = 2 + random() % 10; i > 0; --i) {
    const ValueId x = values[random() % values.size()];
    const std::string origin = random() % 3 == 0 ? "" : "Default/block-Cell/Op-op" + std::to_string(i);
    if (random() % 4 == 0) {
      ConstantPtr constant = random_constant(static_cast<DType>(random() % kDTypeCount), random);
      if (!has_nan(*constant)) values.push_back(graph.add_constant(std::move(constant), "c"));
    } else if (random() % 3 == 0) {
      const auto halves = graph.add_node(std::make_shared<ToySplit>(), {x}, origin);
      values.insert(values.end(), (*halves).begin(), (*halves).end());
    } else if (graph.type(x).dtype == DType::kF32 && random() % 2 == 0) {
      values.push_back(*graph.add(std::make_shared<ToyAdd>(), {x, x}, origin));
    } else {
      values.push_back(*graph.add(std::make_shared<ToyScale>(random_scale(random)), {x}, origin));
    }
  }
  std::vector<ValueId> outputs;
  for (size_t i = 1 + random() % 3; i > 0; --i) outputs.push_back(values[values.size() - 1 - random() % std::min<size_t>(values.size(), 4)]);
  graph.set_outputs(std::move(outputs));
  graph.erase_dead();
  return graph;
}

TEST(GraphText, ReadsBackToTheSameGraph) {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    const Graph graph = random_graph(seed);
    const PrintOptions all{.constant_values = true, .origins = true};
    const std::string text = print(graph, all);
    const auto read = parse(text);
    ASSERT_TRUE(read.ok()) << read.status().message() << '\n' << text;
    ASSERT_TRUE((*read).verify().ok()) << text;
    EXPECT_EQ(hash(*read), hash(graph)) << text;
    EXPECT_EQ(print(*read, all), text);
    EXPECT_EQ((*read).name, graph.name);
  }
}

TEST(GraphText, TellsWhereItIsWrong) {
  const std::string head = "graph g(x: f32[2]) -> (y) {\n";
  const std::pair<std::string, std::string> bad[] = {
      {"", "the graph has no closing brace"},
      {"nonsense", "line 1: want graph NAME(inputs) -> (outputs) {"},
      {"graph g(x) -> () {\n}", "line 1: input \"x\" has no type"},
      {"graph g(x: f99[2]) -> () {\n}", "line 1: unknown element type \"f99\""},
      {"graph g(x: f32[a]) -> () {\n}", "line 1: bad dimension \"a\""},
      {"graph g(x: f32[1,1,1,1,1,1,1,1,1,1,1,1,1]) -> () {\n}", "line 1: rank 13, want at most 12"},
      {head + "}", "the name y is not defined"},
      {head + "y = Nothing(x)\n}", "line 2: unknown operator \"Nothing\""},
      {head + "y = ToyScale(z)\n}", "line 2: the name z is not defined"},
      {head + "y = ToyScale(x) {factor=two}\n}", "line 2: attribute factor: found two, want a number"},
      {head + "y = ToyScale(x) : f32[3]\n}", "line 2: written type f32[3] is not the inferred one"},
      {head + "y, z = ToyScale(x)\n}", "line 2: 2 names for 1 outputs"},
      {head + "\n# a comment\nx = ToyScale(x)\n}", "line 4: the name x is defined twice"},
      {head + "w = const f32[2] = {10}\n}", "line 2: constant: 1 values, want 2"},
      {head + "w = const f32[2000] = {10}\n}", "line 2: constant: fewer values than 2000"},
      {head + "w = const f32[2] = {1, x}\n}", "line 2: constant: value 1 \"x\" is not one of 2 numbers"},
      {head + "w = const u8[2] = {1, 256}\n}", "line 2: constant: value 1 \"256\" is not one of 2 numbers"},
      {head + "w = const f32[1000000,1000000] = {1 ...}\n}", "line 2: constant: type f32[1000000,1000000] is too large"},
  };
  for (const auto& [text, message] : bad) EXPECT_EQ(parse(text).status().message(), message) << text;
}

TEST(GraphText, FillsConstants) {
  const auto graph = parse("graph g() -> (w) {\n w = const i64[3] = {7 ...}\n}");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  const auto values = (*graph).value((*graph).outputs()[0]).constant->as<int64_t>();
  EXPECT_EQ(std::vector<int64_t>(values.begin(), values.end()), (std::vector<int64_t>{7, 7, 7}));
}

/// Any text gives a graph or an error; a graph that parses is well formed and prints to a text that parses.
TEST(GraphText, SurvivesMutations) {
  std::mt19937 random(5);
  const std::string bytes = "0123456789-.,[]{}()=: >#\n\"xfciw";
  size_t parsed = 0;
  for (uint32_t i = 0; i < 20000; ++i) {
    std::string text = print(random_graph(i % 40), {.constant_values = true, .origins = true});
    for (size_t edits = 1 + random() % 4; edits > 0; --edits) {
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = bytes[random() % bytes.size()]; break;
        case 1: text.erase(at, 1 + random() % 8); break;
        default: text.insert(at, 1, bytes[random() % bytes.size()]);
      }
    }
    const auto graph = parse(text);
    if (!graph.ok()) continue;
    ++parsed;
    const Status status = (*graph).verify();
    ASSERT_TRUE(status.ok()) << status.message() << '\n' << text;
    const auto again = parse(print(*graph, {.constant_values = true, .origins = true}));
    ASSERT_TRUE(again.ok()) << again.status().message() << '\n' << text;
  }
  EXPECT_GT(parsed, 100U);
}

}  // namespace
}  // namespace mindird::ir
