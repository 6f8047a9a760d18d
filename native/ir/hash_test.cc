#include <gtest/gtest.h>

#include <string>

#include "ir/graph.h"
#include "test/ir_toy_ops.h"

namespace mindird::ir {
namespace {

Hash128 hash_of(const std::string& text) {
  const auto graph = parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return graph.ok() ? hash(*graph) : Hash128();
}

const std::string kGraph = R"(graph g(x: f32[2], y: f32[2]) -> (c) {
  w = const f32[2] = {1, 2}
  a = ToyAdd(x, w)  # first
  b = ToyScale(y) {factor=2}
  c = ToyAdd(a, b)
})";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(GraphHash, IgnoresNamesAndOrigins) {
  EXPECT_EQ(hash_of(R"(graph other(p: f32[2], q: f32[2]) -> (t) {
    k = const f32[2] = {1, 2}
    r = ToyAdd(p, k)
    s = ToyScale(q) {factor=2}  # renamed
    t = ToyAdd(r, s)
  })"),
            hash_of(kGraph));
}

TEST(GraphHash, IgnoresErasedNodes) {
  auto graph = parse(kGraph);
  ASSERT_TRUE(graph.ok());
  (*graph).add(std::make_shared<ToyScale>(), {(*graph).inputs()[0]}, "dead").value();
  EXPECT_NE(hash(*graph), hash_of(kGraph));
  (*graph).erase_dead();
  EXPECT_EQ(hash(*graph), hash_of(kGraph));
}

TEST(GraphHash, SeesEverythingElse) {
  const Hash128 original = hash_of(kGraph);
  const std::pair<std::string, std::string> changes[] = {
      {"{1, 2}", "{1, 3}"},                                 // contents of a constant
      {"factor=2", "factor=2.5"},                           // an attribute
      {"ToyAdd(a, b)", "ToyAdd(b, a)"},                     // order of operands
      {"ToyAdd(a, b)", "ToyAdd(a, y)"},                     // another operand
      {"-> (c)", "-> (a)"},                                 // another output
      {"-> (c)", "-> (c, c)"},                              // more outputs
      {"ToyScale(y) {factor=2}", "ToyScale(x) {factor=2}"}  // another input
  };
  for (const auto& [from, to] : changes) EXPECT_NE(hash_of(replaced(kGraph, from, to)), original) << from << " to " << to;
  EXPECT_NE(hash_of("graph g(x: f32[2]) -> (x) {\n}"), hash_of("graph g(x: f32[3]) -> (x) {\n}"));
  EXPECT_NE(hash_of("graph g(x: f32[2]) -> (x) {\n}"), hash_of("graph g(x: i32[2]) -> (x) {\n}"));
}

TEST(GraphHash, TellsAConstantFromAnInput) {
  EXPECT_NE(hash_of("graph g(x: f32[1]) -> (y) {\n c = const f32[1] = {0}\n y = ToyAdd(x, c)\n}"),
            hash_of("graph g(x: f32[1]) -> (y) {\n y = ToyAdd(x, x)\n}"));
}

}  // namespace
}  // namespace mindird::ir
