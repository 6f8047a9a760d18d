// Plan files: what compile() contracts comes back from the file, with the engine where it fits and with the body where not; any other bytes are refused.
#include "plan/plan_file.h"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/strings.h"
#include "engines/registry.h"
#include "ops/elementwise/binary.h"
#include "ops/indexing/non_zero.h"
#include "ops/embedded/engine_node.h"
#include "ops/elementwise/unary.h"
#include "plan/at_batch.h"
#include "plan/compile.h"
#include "plan/engine_nodes.h"
#include "test/plan_engines.h"
#include "test/temporary_folder.h"

namespace mindird::plan {
namespace {

namespace fs = std::filesystem;
using ir::Graph;
using ir::ValueId;

const TensorType kType{DType::kF32, {2, 3}};

std::shared_ptr<ops::Unary> unary(ops::UnaryKind kind) {
  auto op = std::make_shared<ops::Unary>();
  op->kind = kind;
  return op;
}

/// x + w, relu │ exp (not for "tensorrt") │ + w, abs: two subgraphs for the preferred engine around one of the last.
Graph sample() {
  Graph g;
  g.name = "sample";
  const ValueId x = g.add_input("x", kType);
  const std::vector<float> values = {1, -2, 3, -4, 5, -6};
  const ValueId w = g.add_constant(*make_constant(kType, std::as_bytes(std::span(values))), "w");
  const ValueId a = *g.add(unary(ops::UnaryKind::kRelu), {*g.add(std::make_shared<ops::Binary>(), {x, w}, "add1")}, "relu1");
  const ValueId b = *g.add(unary(ops::UnaryKind::kExp), {a}, "exp");
  const ValueId c = *g.add(unary(ops::UnaryKind::kAbs), {*g.add(std::make_shared<ops::Binary>(), {b, w}, "add2")}, "abs");
  g.set_outputs({c, a, x});
  return g;
}

class PlanFiles : public ::testing::Test {
 protected:
  /// Compiles the sample on two engines and writes it.
  void write(bool with_bodies = true) {
    EngineStore store;
    Contracted contracted{&store, {}};
    CompileOptions options;
    options.engines = {&tensorrt_, &rest_};
    options.contracted = &contracted;
    Report report;
    ASSERT_TRUE(compile(sample(), options, report).ok());
    PlanFileContent content;
    content.about = {{"model", "sample"}};
    content.graphs.push_back({0, {kType.shape}, contracted.graph.clone()});
    content.open.graph = PlanFileGraph{5, {kType.shape}, sample()};
    auto sizes = write_plan_file(file_, content, with_bodies);
    ASSERT_TRUE(sizes.ok()) << sizes.status().message();
    EXPECT_EQ(sizes->bytes, fs::file_size(file_));
    EXPECT_EQ(sizes->engines, 2U);
    EXPECT_EQ(sizes->constants, with_bodies ? 1U : 0U);
    tensorrt_.builds = 0;
  }
  std::vector<std::byte> bytes() const {
    std::vector<std::byte> out(fs::file_size(file_));
    std::ifstream(file_, std::ios::binary).read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
    return out;
  }
  static Result<std::shared_ptr<const PlanFile>> open(std::vector<std::byte> content) {
    const auto kept = std::make_shared<const std::vector<std::byte>>(std::move(content));
    return PlanFile::open(*kept, kept);
  }
  /// Compiles what the file holds; the outputs of the result for a fixed input.
  Result<std::vector<std::vector<float>>> run(const std::vector<const engines::Engine*>& engines, Report& report) const {
    TRY_ASSIGN(const auto file, open(bytes()));
    TRY_ASSIGN(Graph graph, file->graph(0));
    CompileOptions options;
    options.engines = engines;
    options.from_plan_file = true;
    TRY_ASSIGN(const auto plan, compile(std::move(graph), options, report));
    const std::vector<std::vector<float>> inputs = {{-1, 2, -3, 4, -5, 6}};
    return test::run_plan(*plan, inputs);
  }
  std::vector<std::vector<float>> expected() const {
    const std::vector<float> input = {-1, 2, -3, 4, -5, 6};
    const Tensor tensors[] = {{kType, reinterpret_cast<std::byte*>(const_cast<float*>(input.data()))}};
    const auto results = ir::evaluate(sample(), tensors);
    std::vector<std::vector<float>> out;
    for (const ir::OwnedTensor& t : results.value()) out.emplace_back(t.tensor.as<float>().begin(), t.tensor.as<float>().end());
    return out;
  }

  const test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  std::string file_ = (folder_ / "m.mindplan").string();
  const test::TestEngine tensorrt_{"tensorrt", "exp"};
  const test::TestEngine rest_{"rest"};
};

TEST_F(PlanFiles, TheEngineIsLoadedAndNotBuilt) {
  write();
  Report report;
  const auto got = run({&tensorrt_, &rest_}, report);
  ASSERT_TRUE(got.ok()) << got.status().message();
  EXPECT_EQ(*got, expected());
  EXPECT_EQ(tensorrt_.builds, 0);
  EXPECT_EQ(tensorrt_.loads, 2);
  ASSERT_EQ(report["partitions"].size(), 3U);
  EXPECT_EQ(report["partitions"][0]["engine"], "tensorrt");
  EXPECT_EQ(report["partitions"][0]["cache"]["result"], "embedded");
  EXPECT_EQ(report["partitions"][0]["embedded"]["operators"], 2);
  EXPECT_EQ(report["partitions"][0]["embedded"]["precision"], "fp32");
  EXPECT_EQ(report["partitions"][0]["embedded"]["made"], "maker test");
  EXPECT_EQ(report["partitions"][1]["engine"], "rest");
  EXPECT_EQ(report["nodes"][0]["op"], "TrtNode");
}

TEST_F(PlanFiles, WithoutTheEngineTheBodyTakesItsPlace) {
  write();
  Report report;
  const auto got = run({&rest_}, report);
  ASSERT_TRUE(got.ok()) << got.status().message();
  EXPECT_EQ(*got, expected());
  EXPECT_EQ(report["embedded"][0]["why"], "engine rest comes first");
  EXPECT_EQ(report["partitions"].size(), 1U);
  EXPECT_EQ(report["nodes"].size(), 5U);
}

TEST_F(PlanFiles, AnEngineOfAnotherLibraryIsBuiltAgain) {
  write();
  test::TestEngine other("tensorrt", "exp");
  other.refuses_embedded = "TensorRT 1, here 2";
  Report report;
  const auto got = run({&other, &rest_}, report);
  ASSERT_TRUE(got.ok()) << got.status().message();
  EXPECT_EQ(*got, expected());
  EXPECT_EQ(other.builds, 2);
  EXPECT_EQ(other.loads, 0);
  EXPECT_EQ(report["embedded"][0]["why"], "TensorRT 1, here 2");
  EXPECT_FALSE(report["embedded"][1]["used"]);
}

TEST_F(PlanFiles, AnEngineThatDoesNotLoadIsBuiltAgain) {
  write();
  test::TestEngine broken("tensorrt", "exp");
  broken.fails_to_load = true;
  Report report;
  const auto got = run({&broken, &rest_}, report);
  ASSERT_TRUE(got.ok()) << got.status().message();
  EXPECT_EQ(*got, expected());
  EXPECT_EQ(broken.builds, 2);
  EXPECT_EQ(report["partitions"][0]["embedded"]["why"], "does not load");
}

TEST_F(PlanFiles, WithoutBodiesOnlyTheEngineServes) {
  write(false);
  const auto file = open(bytes());
  ASSERT_TRUE(file.ok()) << file.status().message();
  CompileOptions options;
  options.engines = {&tensorrt_, &rest_};
  options.from_plan_file = true;
  Report report;
  EXPECT_TRUE(compile(*(*file)->graph(0), options, report).ok());
  EXPECT_EQ(tensorrt_.loads, 2);
  const auto refused = run({&rest_}, report);
  EXPECT_EQ(refused.status().code(), Code::kUnsupported);
  EXPECT_NE(refused.status().message().find("without the subgraph"), std::string::npos) << refused.status().message();
}

TEST_F(PlanFiles, AdjacentTrtNodesAndNodesOfTheirEngineStayApart) {
  write();
  // With the node between them taken by the same engine, the wave would be one.
  const test::TestEngine all("tensorrt");
  Report report;
  const auto got = run({&all, &rest_}, report);
  ASSERT_TRUE(got.ok()) << got.status().message();
  EXPECT_EQ(*got, expected());
  EXPECT_EQ(report["partitions"].size(), 3U);
  EXPECT_EQ(all.loads, 2);
  EXPECT_EQ(all.builds, 1);
}

/// Everything a file holds is read.
Status read_all(const PlanFile& file) {
  for (size_t i = 0; i < file.graphs().size(); ++i) {
    TRY_ASSIGN(const Graph graph, file.graph(i));
    for (ir::NodeId n : graph.topological_order()) {
      const auto* node = ir::op_cast<ops::EngineNode>(*graph.node(n).op);
      if (!node) continue;
      TRY(node->parts->engine().status());
      TRY(node->parts->body().status());
    }
  }
  if (!file.open_entry()) return {};
  TRY_ASSIGN(const Graph open, file.open_graph());
  return at_batch(open, file.open_entry()->rows, 7).status();
}

TEST_F(PlanFiles, EveryDamagedByteIsFound) {
  write();
  const std::vector<std::byte> whole = bytes();
  for (size_t at = 0; at < whole.size(); ++at) {
    std::vector<std::byte> damaged = whole;
    damaged[at] ^= std::byte{0x10};
    auto file = open(std::move(damaged));
    const Status status = file.ok() ? read_all(**file) : file.status();
    EXPECT_EQ(status.code(), Code::kInvalidModel) << "byte " << at;
  }
}

TEST_F(PlanFiles, EveryTruncationIsFound) {
  write();
  const std::vector<std::byte> whole = bytes();
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(open({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}).status().code(), Code::kInvalidModel) << size;
  }
  std::vector<std::byte> longer = whole;
  longer.resize(longer.size() + 64);
  EXPECT_EQ(open(longer).status().message(), "has 64 bytes too many");
}

/// A file with this manifest, correctly checked, and `rest` after it.
std::vector<std::byte> with_manifest(const std::string& manifest, std::span<const std::byte> rest) {
  std::vector<std::byte> out;
  const auto add = [&](std::span<const std::byte> part) { out.insert(out.end(), part.begin(), part.end()); };
  const uint64_t numbers[] = {manifest.size(), hash_bytes(std::as_bytes(std::span(manifest))).low};
  add(std::as_bytes(std::span(std::string_view("MDPLAN02"))));
  add(std::as_bytes(std::span(numbers)));
  add(std::as_bytes(std::span(manifest)));
  out.resize((out.size() + 63) / 64 * 64);
  add(rest);
  return out;
}

TEST_F(PlanFiles, ManifestsThatContradictThemselvesAreRefused) {
  write();
  const std::vector<std::byte> whole = bytes();
  uint64_t size = 0;
  std::memcpy(&size, whole.data() + 8, sizeof size);
  const std::string manifest(reinterpret_cast<const char*>(whole.data()) + 24, size);
  const std::span<const std::byte> rest = std::span(whole).subspan((24 + size + 63) / 64 * 64);
  ASSERT_TRUE(open(with_manifest(manifest, rest)).ok());
  for (const char* hostile : {"", "[]", "{}", "1e999", "{\"about\":{}}", "{\"about\":{},\"blobs\":[[18446744073709551615,\"\"]]}",
                              "{\"about\":{},\"blobs\":[],\"constants\":[],\"engines\":[],\"bodies\":[],\"graphs\":[]}",
                              "{\"about\":{},\"blobs\":[],\"constants\":[[\"f32[4611686018427387904]\",0]],\"engines\":[],\"bodies\":[],\"graphs\":[]}",
                              "{\"about\":{},\"blobs\":[],\"constants\":[],\"engines\":[],\"bodies\":[],\"graphs\":[{\"rows\":-1,\"shapes\":3,\"blob\":0}]}"}) {
    EXPECT_EQ(open(with_manifest(hostile, {})).status().code(), Code::kInvalidModel) << hostile;
  }
  EXPECT_EQ(open(with_manifest(std::string(1'000'000, '['), {})).status().code(), Code::kInvalidModel);
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = manifest;
    // The open graph's sizes are tried harder than their share of the bytes.
    const size_t open_at = manifest.find("\"open\"");
    if (round % 4 == 0) damaged[open_at + random() % (manifest.size() - open_at)] = static_cast<char>('0' + random() % 10);
    for (auto n = random() % 3; n < 3; ++n) damaged[random() % damaged.size()] = "0123456789[]{}\",:-f\x80"[random() % 20];
    auto file = open(with_manifest(damaged, rest));
    if (file.ok()) static_cast<void>(read_all(**file));
  }
}

TEST_F(PlanFiles, AnEngineIsCheckedWhenItIsFirstReadAndNotAgain) {
  write();
  const auto content = std::make_shared<std::vector<std::byte>>(bytes());
  const auto file = PlanFile::open(*content, content);
  ASSERT_TRUE(file.ok());
  const Graph graph = (*file)->graph(0).value().clone();
  const auto* node = ir::op_cast<ops::EngineNode>(*graph.node(graph.topological_order()[0]).op);
  ASSERT_TRUE(node);
  auto engine = node->parts->engine();
  ASSERT_TRUE(engine.ok());
  // A second check would find this.
  content->at(static_cast<size_t>(engine->data() - content->data())) ^= std::byte{1};
  EXPECT_TRUE(node->parts->engine().ok());
  auto again = PlanFile::open(*content, content).value()->graph(0);
  ASSERT_TRUE(again.ok());
  const auto* fresh = ir::op_cast<ops::EngineNode>(*again->node(again->topological_order()[0]).op);
  EXPECT_EQ(fresh->parts->engine().status().code(), Code::kInvalidModel);
}

TEST_F(PlanFiles, AnotherFormatSaysWhatToDo) {
  write();
  std::vector<std::byte> other = bytes();
  other[7] = std::byte{'1'};
  EXPECT_EQ(open(other).status().message(), "plan file of format 01, want 02: write it again with mindird build --embed");
  other[7] = std::byte{0x9f};
  EXPECT_EQ(open(other).status().message(), "plan file of an unknown format, want 02: write it again with mindird build --embed");
}

TEST_F(PlanFiles, AnEngineUnderTheHashOfAnotherIsRefused) {
  write();
  const std::vector<std::byte> whole = bytes();
  uint64_t size = 0;
  std::memcpy(&size, whole.data() + 8, sizeof size);
  auto manifest = nlohmann::json::parse(std::string(reinterpret_cast<const char*>(whole.data()) + 24, size));
  std::swap(manifest["engines"][0][0], manifest["engines"][1][0]);
  const std::span<const std::byte> rest = std::span(whole).subspan((24 + size + 63) / 64 * 64);
  EXPECT_NE(open(with_manifest(manifest.dump(), rest)).status().message().find("an engine has another hash"), std::string::npos);
}

/// The largest size a file of this process may have, as long as it lives: what a full disk looks like to a writer.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(PlanFiles, ADiskThatFillsUpIsAnErrorAndLeavesTheFormerFile) {
  write();
  const std::vector<std::byte> former = bytes();
  PlanFileContent content;
  content.graphs.push_back({0, {kType.shape}, sample()});
  content.about = {{"model", std::string(100'000, 'x')}};
  Status refused;
  {
    const FileSizeLimit limit(20'000);
    refused = write_plan_file(file_, content, true).status();
  }
  EXPECT_EQ(refused.message(), file_ + ": cannot be written: File too large");
  EXPECT_EQ(bytes(), former);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(PlanFiles, APlaceThatCannotBeWrittenIsAnErrorAndLeavesNothing) {
  file_ = (folder_ / "absent" / "m.mindplan").string();
  Graph g;
  g.set_outputs({g.add_input("x", kType)});
  PlanFileContent content;
  content.graphs.push_back({0, {kType.shape}, std::move(g)});
  const auto sizes = write_plan_file(file_, content, true);
  EXPECT_NE(sizes.status().message().find("cannot be written: No such file or directory"), std::string::npos) << sizes.status().message();
  fs::create_directory(folder_ / "taken");
  EXPECT_FALSE(write_plan_file((folder_ / "taken").string(), content, true).ok());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace mindird::plan
