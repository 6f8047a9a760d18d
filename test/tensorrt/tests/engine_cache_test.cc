// Engines in the project's cache: found again, not taken when anything they depend on has changed, and never handed to TensorRT when damaged.
#include <gtest/gtest.h>

#include <filesystem>

#include "engines/cache.h"
#include "engines/registry.h"
#include "engines/traits.h"
#include "plan/compile.h"
#include "support.h"
#include "test/temporary_folder.h"

namespace mindird::test {
namespace {

namespace fs = std::filesystem;

ir::Graph doubling() {
  auto graph = ir::parse("graph doubling(x: f32[2,3]) -> (y) {\n  y = Binary(x, x) {kind=add} : f32[2,3]  # Default/add\n}\n");
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return std::move(graph).value();
}

/// The engine as it would be with another version of TensorRT: what it makes is kept apart.
class OtherVersion final : public engines::Engine, public engines::EngineTraits {
 public:
  std::string_view id() const override { return tensorrt_engine().id(); }
  std::string version() const override { return tensorrt_engine().version(); }
  std::string fingerprint() const override {
    std::string out = tensorrt_engine().fingerprint();
    const size_t at = out.find("TensorRT=11.1.0");
    return at == std::string::npos ? out : out.replace(at, 15, "TensorRT=11.0.9");
  }
  bool uses_host_threads() const override { return engines::traits(tensorrt_engine()).uses_host_threads(); }
  bool embeds() const override { return engines::traits(tensorrt_engine()).embeds(); }
  engines::Verdict supports(const ir::Graph& graph, ir::NodeId node) const override { return tensorrt_engine().supports(graph, node); }
  Result<std::unique_ptr<engines::Executable>> build(ir::Graph graph, const engines::BuildOptions& options) const override {
    return tensorrt_engine().build(std::move(graph), options);
  }
  Result<std::unique_ptr<engines::Executable>> load(ir::Graph graph, std::span<const std::byte> bytes, const engines::BuildOptions& options) const override {
    return tensorrt_engine().load(std::move(graph), bytes, options);
  }
};

class TensorrtEngineCache : public testing::Test {
 protected:
  /// What the report says of the cache.
  nlohmann::json compile_with(const engines::Engine& engine, int threads = 1) {
    const engines::EngineCache cache(folder_);
    plan::CompileOptions options;
    options.engines = {&engine, engines::EngineRegistry::instance().find("reference")};
    options.cache = &cache;
    options.build.threads = threads;
    nlohmann::json report;
    const auto plan = plan::compile(doubling(), options, report);
    EXPECT_TRUE(plan.ok()) << plan.status().message();
    EXPECT_EQ(report["partitions"][0]["engine"], "tensorrt");
    return report["partitions"][0]["cache"];
  }

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(TensorrtEngineCache, WhatAProcessBuiltIsLoadedByThisOne) {
  EXPECT_EQ(compile_with(*child_engine())["result"], "miss");
  EXPECT_EQ(compile_with(tensorrt_engine())["result"], "hit");
  EXPECT_EQ(compile_with(*child_engine())["result"], "hit");
}

TEST_F(TensorrtEngineCache, AnotherNumberOfProcessorsChangesNothing) {
  EXPECT_EQ(compile_with(*child_engine(), 1)["result"], "miss");
  EXPECT_EQ(compile_with(*child_engine(), 2)["result"], "hit");
  EXPECT_EQ(compile_with(tensorrt_engine(), 4)["result"], "hit");
}

TEST_F(TensorrtEngineCache, AnotherVersionIsSeenBeforeAnythingIsRead) {
  EXPECT_EQ(compile_with(OtherVersion())["result"], "miss");
  const nlohmann::json here = compile_with(tensorrt_engine());
  EXPECT_EQ(here["result"], "miss");
  EXPECT_EQ(here["reason"], "an engine made with TensorRT 11.0.9 is there; here TensorRT 11.1.0");
  // Both are kept.
  EXPECT_EQ(compile_with(OtherVersion())["result"], "hit");
  EXPECT_EQ(compile_with(tensorrt_engine())["result"], "hit");
}

TEST_F(TensorrtEngineCache, TheKeySaysWhatAnEngineDependsOn) {
  const std::string text = tensorrt_engine().fingerprint();
  for (const char* part : {"TensorRT=11.1.0", "device=test device on the host (no GPU)", "compute capability=9.0", "driver=", "TF32=off", "plugins="}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
}

TEST_F(TensorrtEngineCache, APlanThatIsCutShortOrChangedIsRefused) {
  const auto built = tensorrt_engine().build(doubling(), {});
  ASSERT_TRUE(built.ok()) << built.status().message();
  const std::vector<std::byte> plan = (*built)->serialize().value();
  for (size_t size = 0; size < plan.size(); ++size) {
    EXPECT_FALSE(tensorrt_engine().load(doubling(), std::span(plan).first(size), {}).ok()) << size;
  }
  for (size_t at = 0; at < plan.size(); ++at) {
    std::vector<std::byte> changed = plan;
    changed[at] ^= std::byte{0x20};
    EXPECT_FALSE(tensorrt_engine().load(doubling(), changed, {}).ok()) << at;
  }
}

}  // namespace
}  // namespace mindird::test
