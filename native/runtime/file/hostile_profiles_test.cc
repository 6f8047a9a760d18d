// Plan files whose EngineNodes claim impossible things of batches, types and sizes: each is an error that names file and node.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "base/hash.h"
#include "base/strings.h"
#include "ir/attribute_text.h"
#include "ops/elementwise/unary.h"
#include "ops/embedded/engine_node.h"
#include "plan/plan_file.h"
#include "plan/plan_file_layout.h"
#include "runtime/file/model_source.h"
#include "test/temporary_folder.h"

namespace mindird::runtime {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kType = "f32[4,3]";

std::shared_ptr<const ir::Graph> body() {
  auto graph = std::make_shared<ir::Graph>();
  auto op = std::make_shared<ops::Unary>();
  op->kind = ops::UnaryKind::kRelu;
  graph->set_outputs({*graph->add(op, {graph->add_input("x", {DType::kF32, {4, 3}})}, "relu")});
  return graph;
}

class Parts final : public ops::EngineNode::Parts {
 public:
  Result<std::span<const std::byte>> engine() const override { return std::as_bytes(std::span(engine_)); }
  Result<std::shared_ptr<const ir::Graph>> body() const override { return runtime::body(); }

 private:
  std::string engine_ = "an engine";
};

std::shared_ptr<ops::EngineNode> node() {
  auto out = std::make_shared<ops::EngineNode>();
  out->parts = std::make_shared<Parts>();
  out->engine = hash_bytes(out->parts->engine().value()).hex();
  out->body = ir::hash(*body()).hex();
  out->operators = 1;
  out->inputs = out->outputs = kType;
  out->precision = "fp32";
  out->profiles = {1, 4, 8};
  out->rows = 4;
  return out;
}

/// The file in pieces, so that one can be exchanged.
struct Pieces {
  Json manifest;
  std::vector<std::string> blobs;
};

size_t padded(size_t size) { return size + plan::plan_padding(size); }

Pieces take_apart(const std::string& file) {
  uint64_t size = 0;
  std::memcpy(&size, file.data() + plan::kPlanMagic.size(), sizeof size);
  Pieces out{Json::parse(file.substr(plan::kPlanHeader, size)), {}};
  size_t at = padded(plan::kPlanHeader + size);
  for (const Json& blob : out.manifest["blobs"]) {
    out.blobs.push_back(file.substr(at, blob[0].get<size_t>()));
    at += padded(blob[0].get<size_t>());
  }
  return out;
}

std::string put_together(Pieces pieces) {
  const auto hash = [](const std::string& s) { return hash_bytes(std::as_bytes(std::span(s))); };
  for (size_t i = 0; i < pieces.blobs.size(); ++i) pieces.manifest["blobs"][i] = {pieces.blobs[i].size(), hash(pieces.blobs[i]).hex()};
  const std::string manifest = pieces.manifest.dump();
  const uint64_t numbers[] = {manifest.size(), hash(manifest).low};
  std::string out(plan::kPlanMagic);
  out.append(reinterpret_cast<const char*>(numbers), sizeof numbers);
  out += manifest;
  out.resize(padded(out.size()));
  for (const std::string& blob : pieces.blobs) {
    out += blob;
    out.resize(padded(out.size()));
  }
  return out;
}

class HostileProfiles : public ::testing::Test {
 protected:
  HostileProfiles() {
    ir::Graph graph;
    graph.set_outputs({*graph.add(node(), {graph.add_input("x", {DType::kF32, {4, 3}})}, "TrtNode 0")});
    plan::PlanFileContent content;
    const auto spec = [](const char* name) -> Json { return {{"name", name}, {"datatype", "FP32"}, {"shape", {-1, 3}}}; };
    content.about = {{"signature", {{"inputs", {spec("x")}}, {"outputs", {spec("y")}}, {"batched", true}}}};
    content.graphs.push_back({4, {Shape{4, 3}}, std::move(graph)});
    content.open.why = "a test";
    EXPECT_TRUE(plan::write_plan_file(file_, content, true).ok());
    std::ifstream in(file_, std::ios::binary);
    good_.assign(std::istreambuf_iterator<char>(in), {});
  }

  /// What loading says when `from` among the node's attributes reads `to`.
  std::string loaded(const std::string& from, const std::string& to) {
    const std::string before = ir::attribute_text(*node());
    std::string after = before;
    EXPECT_NE(after.find(from), std::string::npos) << from;
    after.replace(after.find(from), from.size(), to);
    Pieces pieces = take_apart(good_);
    std::string& graph = pieces.blobs[pieces.manifest["graphs"][0]["blob"].get<size_t>()];
    const size_t at = graph.find(before);
    EXPECT_NE(at, std::string::npos);
    graph.replace(at, before.size(), after);
    const uint64_t length = after.size();
    std::memcpy(graph.data() + at - sizeof length, &length, sizeof length);
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << put_together(std::move(pieces));
    auto source = open_model(file_);
    if (!source.ok()) return source.status().message();
    return source->module->lower(std::vector{Shape{4, 3}}).status().message();
  }
  /// The message without file and node, which it must name.
  std::string refusal(const std::string& from, const std::string& to) {
    const std::string message = loaded(from, to);
    const std::string place = "\"TrtNode 0\" (TrtNode): ";
    EXPECT_TRUE(message.starts_with("m.mindplan: graph 0: ")) << message;
    EXPECT_LT(message.size(), 300U) << message;
    const size_t at = message.rfind(place);
    EXPECT_NE(at, std::string::npos) << message;
    return at == std::string::npos ? message : message.substr(at + place.size());
  }
  std::string profiles(const std::string& list) { return refusal("profiles=[1,4,8]", "profiles=" + list); }

  const test::TemporaryFolder temporary_;
  std::string file_ = (temporary_.path() / "m.mindplan").string();
  std::string good_;
};

TEST_F(HostileProfiles, WhatIsInOrderLoads) {
  EXPECT_EQ(loaded("rows=4", "rows=4"), "");
  EXPECT_EQ(loaded("profiles=[1,4,8], rows=4", "profiles=[], rows=0"), "");
  EXPECT_EQ(loaded("profiles=[1,4,8], rows=4, ", ""), "");
}

TEST_F(HostileProfiles, BatchesAreAscendingCountableNumbers) {
  EXPECT_EQ(profiles("[8,4,1]"), "profile 1 is for a batch of 4 after one of 8, want ascending ones");
  EXPECT_EQ(profiles("[1,4,4]"), "profile 2 is for a batch of 4 after one of 4, want ascending ones");
  EXPECT_EQ(profiles("[-4,4]"), "profile 0 is for a batch of -4, want 1 to 2147483647");
  EXPECT_EQ(profiles("[0,4]"), "profile 0 is for a batch of 0, want 1 to 2147483647");
  EXPECT_EQ(profiles("[4,2147483648]"), "profile 1 is for a batch of 2147483648, want 1 to 2147483647");
  EXPECT_EQ(profiles("[4,9223372036854775807]"), "profile 1 is for a batch of 9223372036854775807, want 1 to 2147483647");
  EXPECT_EQ(profiles("[4,9223372036854775808]"), "attribute profiles: found [4,9223372036854775808], want a list like [1,2]");
}

TEST_F(HostileProfiles, ThereAreSomeAndNotTooMany) {
  EXPECT_EQ(profiles("[]"), "is for a batch of 4 and has no profiles");
  EXPECT_EQ(refusal("profiles=[1,4,8], ", ""), "is for a batch of 4 and has no profiles");
  std::string list = "[1";
  for (int rows = 2; rows <= 500'000; ++rows) list += str(',', rows);
  EXPECT_EQ(profiles(list + "]"), "has 500000 profiles, want at most 1024");
  EXPECT_EQ(profiles(std::string(1'000'000, '1')), str("attribute profiles: found ", std::string(80, '1'), "…, want a list like [1,2]"));
  EXPECT_EQ(profiles("4"), "attribute profiles: found 4, want a list like [1,2]");
  EXPECT_EQ(profiles("[1,4,"), "attribute profiles: found [1,4,, rows=4, alone=\"\", want a list like [1,2]");
  EXPECT_EQ(profiles("[4,,8]"), "attribute profiles: found [4,,8], want a list like [1,2]");
}

TEST_F(HostileProfiles, TheNodesOwnBatchIsAmongThem) {
  for (const char* rows : {"rows=5", "rows=-4", "rows=9223372036854775807"}) {
    EXPECT_EQ(refusal("rows=4", rows), str("is for a batch of ", rows + 5, ", want one of its profiles, for batches 1, 4, 8"));
  }
  EXPECT_EQ(refusal("rows=4, ", ""), "is for a batch of 0, want one of its profiles, for batches 1, 4, 8");
  EXPECT_EQ(refusal("rows=4", "rows=18446744073709551616"), "attribute rows: found 18446744073709551616, want a number");
}

TEST_F(HostileProfiles, TypesAndCountsAreThoseOfTheGraph) {
  EXPECT_EQ(refusal("operators=1", "operators=-1"), "is made of -1 operators");
  EXPECT_EQ(refusal("inputs=\"f32[4,3]\"", "inputs=\"f32[4,4]\""), "input 0 is f32[4,3], want f32[4,4]");
  EXPECT_EQ(refusal("outputs=\"f32[4,3]\"", "outputs=\"f32[4611686018427387904,3]\""), "output type f32[4611686018427387904,3], want sizes that are known");
  EXPECT_EQ(loaded("outputs=\"f32[4,3]\"", "outputs=\"f32[8,3]\""), "m.mindplan: graph 0: node 0: the types written are not the inferred ones");
}

}  // namespace
}  // namespace mindird::runtime
