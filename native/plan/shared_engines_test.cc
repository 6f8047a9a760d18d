// A plan file of a batched model: one engine for all its batch sizes, which is loaded for each of them, and built once for all where it does not fit.
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/strings.h"
#include "ops/embedded/engine_node.h"
#include "ops/elementwise/unary.h"
#include "plan/at_batch.h"
#include "plan/compile.h"
#include "plan/plan_file.h"
#include "plan/symbolic_batch.h"
#include "test/plan_engines.h"

namespace mindird::plan {
namespace {

namespace fs = std::filesystem;
using ir::Graph;
using ir::ValueId;

constexpr int64_t kRows[] = {8, 4, 1};

ValueId unary(Graph& g, ops::UnaryKind kind, ValueId x, const char* origin) {
  auto op = std::make_shared<ops::Unary>();
  op->kind = kind;
  return *g.add(op, {x}, origin);
}

/// relu, abs │ exp (not for "tensorrt") │ relu; a batch of one may do without the last.
Result<Graph> of_rows(int64_t rows, bool special = false) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::kF32, {rows, 3}});
  const ValueId a = unary(g, ops::UnaryKind::kAbs, unary(g, ops::UnaryKind::kRelu, x, "relu1"), "abs");
  const ValueId b = unary(g, ops::UnaryKind::kExp, a, "exp");
  g.set_outputs({special && rows == 1 ? unary(g, ops::UnaryKind::kNeg, b, "neg") : unary(g, ops::UnaryKind::kTanh, b, "tanh")});
  return g;
}

/// A plan for every bucket, as a load makes them.
struct Compiled {
  std::vector<Report> reports;  // the largest first
  std::vector<std::shared_ptr<const ExecutionPlan>> plans;
  std::vector<Graph> contracted;
  std::shared_ptr<SymbolicBatch> symbolic;
  EngineStore store;
};

class SharedEngines : public ::testing::Test {
 protected:
  SharedEngines() : file_((fs::temp_directory_path() / str("mindird-shared-", ::getpid(), ".mindplan")).string()) { tensorrt_.profiles = true; }
  ~SharedEngines() override { fs::remove(file_); }

  static CompileOptions options_for(const test::TestEngine& first, bool from_plan_file) {
    static const test::TestEngine rest("rest");
    CompileOptions options;
    options.engines = {&first, &rest};
    options.from_plan_file = from_plan_file;
    return options;
  }
  static void compile_all(const test::TestEngine& engine, const LowerRows& lower, int64_t placeholder, Compiled& out) {
    CompileOptions options = options_for(engine, placeholder > 0);
    options.symbolic = out.symbolic = make_symbolic_batch(lower, {1, 4, 8}, options, placeholder);
    for (int64_t rows : kRows) {
      Contracted contracted{&out.store, {}};
      options.contracted = placeholder > 0 ? nullptr : &contracted;
      options.rows = rows;
      Report report;
      auto plan = compile(lower(rows).value().clone(), options, report);
      ASSERT_TRUE(plan.ok()) << plan.status().message();
      out.plans.push_back(*plan);
      out.reports.push_back(std::move(report));
      out.contracted.push_back(std::move(contracted.graph));
    }
  }
  /// Compiles and writes; what compiling said.
  Compiled write(bool special = false) {
    Compiled out;
    compile_all(tensorrt_, [special](int64_t rows) { return of_rows(rows, special); }, 0, out);
    PlanFileContent content;
    for (size_t i = 0; i < out.contracted.size(); ++i) content.graphs.push_back({kRows[i], {Shape{kRows[i], 3}}, out.contracted[i].clone()});
    out.symbolic->fill();
    EXPECT_TRUE(out.symbolic->graph);
    const int64_t p = out.symbolic->placeholder;
    content.open.graph = PlanFileGraph{p, {Shape{p, 3}}, out.symbolic->graph->clone()};
    auto sizes = write_plan_file(file_, content, true);
    EXPECT_TRUE(sizes.ok());
    engines_ = sizes.ok() ? sizes->engines : 0;
    tensorrt_.builds = tensorrt_.loads = 0;
    tensorrt_.loaded_rows.clear();
    return out;
  }
  /// The plans of the file for an engine.
  Compiled read(const test::TestEngine& engine) const {
    const auto kept = std::make_shared<std::vector<std::byte>>(fs::file_size(file_));
    std::ifstream(file_, std::ios::binary).read(reinterpret_cast<char*>(kept->data()), static_cast<std::streamsize>(kept->size()));
    auto opened = PlanFile::open(*kept, kept);
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    const auto file = std::move(opened).value();
    const auto lower = [file](int64_t rows) -> Result<Graph> {
      const auto at = std::ranges::find(file->graphs(), rows, &PlanFile::Entry::rows);
      return at == file->graphs().end() ? file->open_graph() : file->graph(static_cast<size_t>(at - file->graphs().begin()));
    };
    Compiled out;
    compile_all(engine, lower, file->open_entry()->rows, out);
    return out;
  }
  static std::vector<float> run(const ExecutionPlan& plan, int64_t rows) {
    std::vector<std::vector<float>> inputs(1);
    for (int64_t i = 0; i < rows * 3; ++i) inputs[0].push_back(0.1F * static_cast<float>(i % 7) - 0.2F);
    return test::run_plan(plan, inputs)[0];
  }
  static void expect_same(const Compiled& a, const Compiled& b) {
    ASSERT_EQ(a.plans.size(), b.plans.size());
    for (size_t i = 0; i < a.plans.size(); ++i) {
      EXPECT_EQ(run(*a.plans[i], kRows[i]), run(*b.plans[i], kRows[i]));
      ASSERT_EQ(a.reports[i]["partitions"].size(), b.reports[i]["partitions"].size());
      for (size_t p = 0; p < a.reports[i]["partitions"].size(); ++p) {
        EXPECT_EQ(a.reports[i]["partitions"][p]["engine"], b.reports[i]["partitions"][p]["engine"]);
        EXPECT_EQ(a.reports[i]["partitions"][p].value("profiles", Report()), b.reports[i]["partitions"][p].value("profiles", Report()));
      }
    }
  }

  std::string file_;
  test::TestEngine tensorrt_{"tensorrt", "exp"};
  size_t engines_ = 0;
};

TEST_F(SharedEngines, OneEngineOfEachSubgraphServesAllBatchSizes) {
  const Compiled model = write();
  EXPECT_EQ(engines_, 2U);
  const Compiled planned = read(tensorrt_);
  EXPECT_EQ(tensorrt_.builds, 0);
  EXPECT_EQ(tensorrt_.loaded_rows, (std::vector<int64_t>{8, 8, 4, 4, 1, 1}));
  expect_same(model, planned);
  EXPECT_EQ(planned.reports[1]["partitions"][0]["profiles"], (Report{{"rows", {1, 4, 8}}, {"used", 4}, {"why_not", ""}}));
  EXPECT_EQ(planned.reports[1]["partitions"][0]["embedded"]["batches"], "for batches 1, 4, 8");
  // Nothing had to be prepared at the placeholder.
  EXPECT_TRUE(planned.symbolic->pending);
}

TEST_F(SharedEngines, WhereTheyDoNotFitOneIsBuiltForAllBatchSizes) {
  const Compiled model = write();
  test::TestEngine other("tensorrt", "exp");
  other.profiles = true;
  other.refuses_embedded = "TensorRT 1, here 2";
  const Compiled planned = read(other);
  EXPECT_EQ(other.builds, 2);
  EXPECT_EQ(other.loaded_rows, (std::vector<int64_t>{4, 4, 1, 1}));
  expect_same(model, planned);
}

TEST_F(SharedEngines, SoItIsWhereTheyDoNotLoad) {
  const Compiled model = write();
  test::TestEngine broken("tensorrt", "exp");
  broken.profiles = true;
  broken.fails_to_load = true;
  const Compiled planned = read(broken);
  // It does not load what it has built either, and so builds for each batch size.
  EXPECT_EQ(broken.builds, 6);
  expect_same(model, planned);
  EXPECT_EQ(planned.reports[0]["partitions"][0]["embedded"]["why"], "does not load");
}

TEST_F(SharedEngines, ABatchSizeThatIsDifferentKeepsItsOwnAndTheReason) {
  const Compiled model = write(true);
  EXPECT_EQ(engines_, 3U);
  const Compiled planned = read(tensorrt_);
  EXPECT_EQ(tensorrt_.builds, 0);
  expect_same(model, planned);
  const Report& alone = planned.reports[2]["partitions"][2];
  EXPECT_EQ(alone["profiles"]["used"], 0);
  EXPECT_NE(alone["profiles"]["why_not"], "");
}

}  // namespace
}  // namespace mindird::plan
