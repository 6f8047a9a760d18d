// Batches of several sizes on an engine that makes one executable for all of them.
#include "plan/symbolic_batch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "ops/elementwise/unary.h"

namespace mindird::plan {
namespace {

namespace fs = std::filesystem;

class Stamp final : public engines::Executable {
 public:
  explicit Stamp(bool shared) : shared_(shared) {}
  size_t workspace_bytes() const override { return 0; }
  Result<std::unique_ptr<engines::Context>> context(std::span<std::byte>) const override { return internal_error("not run"); }
  Result<std::vector<std::byte>> serialize() const override { return std::vector<std::byte>(shared_ ? 2 : 1); }
  std::vector<std::string> steps() const override { return {}; }
  size_t constant_bytes() const override { return 0; }

 private:
  bool shared_;
};

/// Remembers how it was asked to build.
class ProfileEngine final : public engines::Engine {
 public:
  std::string_view id() const override { return "profiled"; }
  std::string fingerprint() const override { return "1"; }
  std::string version() const override { return "1"; }
  engines::Verdict supports(const ir::Graph&, ir::NodeId) const override { return engines::Verdict::accept(); }
  bool uses_profiles() const override { return true; }
  Result<std::unique_ptr<engines::Executable>> build(ir::Graph, const engines::BuildOptions& options) const override {
    asked.push_back(options.profiles ? options.rows : -1);
    if (options.profiles && fails) return Status(Code::kEngineFailed, "cannot be open");
    return std::unique_ptr<engines::Executable>(std::make_unique<Stamp>(options.profiles != nullptr));
  }
  Result<std::unique_ptr<engines::Executable>> load(ir::Graph, std::span<const std::byte> bytes, const engines::BuildOptions& options) const override {
    if (bytes.size() != (options.profiles ? 2U : 1U)) return internal_error("an entry of another kind");
    ++loads;
    return std::unique_ptr<engines::Executable>(std::make_unique<Stamp>(options.profiles != nullptr));
  }

  mutable std::vector<int64_t> asked;
  mutable int loads = 0;
  bool fails = false;
};

Result<ir::Graph> relu_of(int64_t rows) {
  ir::Graph g;
  const ir::ValueId x = g.add_input("x", {DType::kF32, {rows, 3}});
  TRY_ASSIGN(const ir::ValueId y, g.add(std::make_shared<ops::Unary>(), {x}, "relu"));
  g.set_outputs({y});
  return g;
}

struct Compiled {
  std::vector<Report> partitions;  // one per bucket, the largest first
  std::vector<std::shared_ptr<const ExecutionPlan>> plans;
};

Compiled compile_buckets(const ProfileEngine& engine, const std::function<Result<ir::Graph>(int64_t)>& lower, const engines::EngineCache* cache) {
  CompileOptions options;
  options.engines = {&engine};
  options.cache = cache;
  options.symbolic = make_symbolic_batch(lower, {1, 4, 8}, options);
  Compiled out;
  for (int64_t rows : {8, 4, 1}) {
    options.rows = rows;
    Report report;
    auto graph = lower(rows);
    EXPECT_TRUE(graph.ok());
    auto plan = compile(std::move(graph).value(), options, report);
    EXPECT_TRUE(plan.ok()) << plan.status().message();
    if (!plan.ok()) return out;
    out.plans.push_back(*plan);
    out.partitions.push_back(report["partitions"][0]);
  }
  return out;
}

TEST(SymbolicBatch, AllBucketsShareOneCacheEntry) {
  const fs::path folder = fs::temp_directory_path() / str("mindird-symbolic-", getpid());
  const engines::EngineCache cache(folder);
  const ProfileEngine engine;
  const Compiled compiled = compile_buckets(engine, relu_of, &cache);
  EXPECT_EQ(engine.asked, std::vector<int64_t>{8});
  EXPECT_EQ(engine.loads, 2);
  EXPECT_EQ(compiled.partitions[0]["profiles"], (Report{{"rows", {1, 4, 8}}, {"used", 8}, {"why_not", ""}}));
  EXPECT_EQ(compiled.partitions[2]["profiles"]["used"], 1);
  EXPECT_EQ(compiled.partitions[2]["cache"]["result"], "hit");
  fs::remove_all(folder);
}

TEST(SymbolicBatch, WithoutACacheTheFirstBucketIsBuiltForAll) {
  const ProfileEngine engine;
  const Compiled compiled = compile_buckets(engine, relu_of, nullptr);
  EXPECT_EQ(engine.asked, std::vector<int64_t>{8});
  EXPECT_EQ(engine.loads, 2);
  EXPECT_EQ(compiled.partitions[1]["cache"]["reason"], "taken from another batch size");
}

TEST(SymbolicBatch, AnEngineThatCannotDoItBuildsForEveryBucketAndIsAskedOnce) {
  ProfileEngine engine;
  engine.fails = true;
  const Compiled compiled = compile_buckets(engine, relu_of, nullptr);
  EXPECT_EQ(engine.asked, (std::vector<int64_t>{8, -1, -1, -1}));
  for (const Report& p : compiled.partitions) {
    EXPECT_EQ(p["profiles"]["why_not"], "cannot be open");
    EXPECT_EQ(p["profiles"]["used"], 0);
  }
}

TEST(SymbolicBatch, ABucketWhoseGraphDiffersIsBuiltForItself) {
  const auto special = [](int64_t rows) -> Result<ir::Graph> {
    TRY_ASSIGN(ir::Graph g, relu_of(rows));
    if (rows != 1) return g;
    auto op = std::make_shared<ops::Unary>();
    op->kind = ops::UnaryKind::kTanh;
    TRY_ASSIGN(const ir::ValueId y, g.add(op, {g.outputs()[0]}, "more"));
    g.set_outputs({y});
    return g;
  };
  const ProfileEngine engine;
  const Compiled compiled = compile_buckets(engine, special, nullptr);
  EXPECT_EQ(engine.asked, (std::vector<int64_t>{8, -1}));
  EXPECT_EQ(compiled.partitions[2]["profiles"]["why_not"], "2 nodes, 1 at another batch size");
}

TEST(SymbolicBatch, AModelThatCannotBeLoweredAtThePlaceholderSaysSo) {
  const auto even = [](int64_t rows) -> Result<ir::Graph> {
    if (rows % 2 == 1 && rows != 1) return invalid_argument("an odd batch");
    return relu_of(rows);
  };
  const ProfileEngine engine;
  const Compiled compiled = compile_buckets(engine, even, nullptr);
  EXPECT_EQ(engine.asked, (std::vector<int64_t>{-1, -1, -1}));
  EXPECT_EQ(compiled.partitions[0]["profiles"]["why_not"], "at a batch of 5: an odd batch");
}

}  // namespace
}  // namespace mindird::plan
