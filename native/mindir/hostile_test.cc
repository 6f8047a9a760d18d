// Whatever bytes a model file holds, reading and lowering it gives an error or a graph: no crash, no hang, bounded memory. Run with sanitizers too.
#include <ctime>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/sanitizer.h"
#include "base/run_limits.h"
#include "base/strings.h"
#include "mindir/module.h"
#include "test/processor_time.h"

namespace mindird::mindir {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = fs::path(MINDIRD_SOURCE_DIR) / "test";
const fs::path kCorpus = kRoot / "fuzz" / "mindir";

constexpr bool kSanitized = kAddressSanitizer || kThreadSanitizer;

/// Reads and lowers; shapes left open by the file become 2.
Status import(const fs::path& path, bool evaluate = false) {
  TRY_ASSIGN(const auto module, read(path.string()));
  std::vector<Shape> shapes;
  for (const Declared& input : module->inputs()) {
    Shape shape = input.rank_known ? input.type.shape : Shape{2, 2};
    for (size_t i = 0; i < shape.rank(); ++i) shape[i] = shape[i] < 0 ? 2 : shape[i];
    shapes.push_back(std::move(shape));
  }
  EXPECT_FALSE(module->text().empty());
  TRY_ASSIGN(const ir::Graph graph, module->lower(shapes));
  TRY(graph.verify());
  if (!evaluate) return {};
  double work = 0;
  for (const ir::NodeId id : graph.topological_order()) {
    const ir::Types in = graph.input_types(id);
    const ir::Types out = graph.output_types(id);
    for (const TensorType& type : out) {
      if (!type.shape.known()) return {};
      work += static_cast<double>(type.bytes());
    }
    work += graph.node(id).op->cost(in, out);
  }
  if (work > 3e7) return {};
  std::vector<Buffer> buffers;
  std::vector<Tensor> inputs;
  for (size_t i = 0; i < shapes.size(); ++i) {
    const TensorType type{module->inputs()[i].type.dtype, shapes[i]};
    if (type.bytes() > 1 << 20U) return {};
    TRY_ASSIGN(Buffer buffer, Buffer::allocate(type.bytes()));
    std::fill(buffer.span().begin(), buffer.span().end(), std::byte{1});
    inputs.push_back({type, buffer.data()});
    buffers.push_back(std::move(buffer));
  }
  const RunScope scope({.loop_steps = 100});
  const Status status = ir::evaluate(graph, inputs).status();
  return status.code() == Code::kTooLarge ? Status() : status;  // a loop without an end
}

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Hostile : public testing::Test {
 protected:
  void SetUp() override {
    // Ten thousand small files are written; memory is the place for them where there is one.
    const fs::path parent = fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::path(testing::TempDir());
    folder_ = parent / str("mindird_hostile_", static_cast<int64_t>(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& bytes, const std::string& name = "model.mindir") const {
    const fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    return path;
  }

  fs::path folder_;
};

void expect_refusal(const Status& status, const std::string& what) {
  const bool refused = status.code() == Code::kInvalidModel || status.code() == Code::kUnsupported || status.code() == Code::kInvalidArgument ||
                       status.code() == Code::kNotFound;
  EXPECT_TRUE(refused) << what << ": " << code_name(status.code()) << " " << status.message();
  EXPECT_NE(status.message().find(".mindir: "), std::string::npos) << what << ": " << status.message();
}

TEST(HostileCorpus, every_file_gets_the_expected_answer_quickly) {
  const auto expected = nlohmann::json::parse(contents(kCorpus / "expected.json"));
  ASSERT_GT(expected.size(), 100U);
  for (const auto& [name, want] : expected.items()) {
    const std::clock_t start = std::clock();
    const Status status = import(kCorpus / (name + ".mindir"));
    EXPECT_LT(test::seconds_since(start), 1) << name;
    if (want["contains"].is_null()) {
      EXPECT_TRUE(status.ok()) << name << ": " << status.message();
      continue;
    }
    expect_refusal(status, name);
    if (!want["code"].is_null()) {
      EXPECT_EQ(code_name(status.code()), want["code"].get<std::string>()) << name << ": " << status.message();
    }
    EXPECT_NE(status.message().find(want["contains"].get<std::string>()), std::string::npos) << name << ": " << status.message();
  }
}

TEST_F(Hostile, truncated_files_are_refused) {
  for (const char* set : {"ops", "networks"}) {
    for (const auto& entry : fs::directory_iterator(kRoot / set)) {
      if (entry.path().extension() != ".mindir") continue;
      const std::string whole = contents(entry.path());
      for (size_t place = 0; place < 16; ++place) {
        const std::string part = whole.substr(0, whole.size() * place / 16 + place % 3);
        const Status status = import(write(part));
        EXPECT_FALSE(status.ok()) << entry.path() << " cut to " << part.size();
        expect_refusal(status, entry.path().string());
      }
    }
  }
}

/// One of: a flipped bit, a random byte, a removed or repeated piece, a piece of random bytes, a small change of a byte (often a length).
std::string mutate(std::string bytes, std::mt19937& random) {
  const auto below = [&random](size_t n) { return static_cast<size_t>(random() % n); };
  const size_t changes = 1 + below(3);
  for (size_t i = 0; i < changes && !bytes.empty(); ++i) {
    const size_t at = below(bytes.size());
    const size_t length = 1 + below(std::min<size_t>(16, bytes.size() - at));
    switch (below(6)) {
      case 0: bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8))); break;
      case 1: bytes[at] = static_cast<char>(random()); break;
      case 2: bytes.erase(at, length); break;
      case 3: bytes.insert(at, bytes.substr(at, length)); break;
      case 4:
        for (size_t j = 0; j < length; ++j) bytes[at + j] = static_cast<char>(random());
        break;
      default: bytes[at] = static_cast<char>(bytes[at] + (below(2) ? 1 : -1)); break;
    }
  }
  return bytes;
}

TEST_F(Hostile, mutated_files_never_crash) {
  const std::vector<std::string> names = {"conv2d_same_s2_odd",
                                          "graph_multihead_attention",
                                          "dynamic_seq_attention",
                                          "strided_slice_masks",
                                          "graph_lstm",
                                          "max_pool_pad1_k3s2_ceil",
                                          "graph_nested_outputs",
                                          "conv2d_transpose_groups2",
                                          "graph_if_tensor",
                                          "gather_batch_dims",
                                          "graph_data_dependent_shape",
                                          "meshgrid",
                                          "pad_constant",
                                          "reduce_std",
                                          "grid_sample",
                                          "split_sections"};
  std::mt19937 random(20240817);
  size_t accepted = 0;
  const char* wanted = std::getenv("MINDIRD_FUZZ_ROUNDS");
  const size_t rounds = wanted ? std::strtoull(wanted, nullptr, 10) : 4000;
  for (size_t i = 0; i < rounds; ++i) {
    const std::string& name = names[i % names.size()];
    const std::string bytes = mutate(contents(kRoot / "ops" / (name + ".mindir")), random);
    const std::clock_t start = std::clock();
    const Status status = import(write(bytes), true);
    EXPECT_LT(test::seconds_since(start), kSanitized ? 5 : 1) << name << " round " << i;
    accepted += status.ok() ? 1 : 0;
  }
  // Changed weights and names leave a model valid; a test that refuses or accepts everything tests nothing.
  EXPECT_GT(accepted, rounds / 20);
  EXPECT_LT(accepted, rounds * 19 / 20);
}

std::string varint(uint64_t value) {
  std::string out;
  for (; value > 127; value >>= 7U) out += static_cast<char>(value | 128U);
  return out + static_cast<char>(value);
}

std::string message(uint32_t field, const std::string& body) { return varint(field << 3U | 2U) + varint(body.size()) + body; }

std::string repeated(const std::string& piece, size_t count) {
  std::string out;
  out.reserve(piece.size() * count);
  for (size_t i = 0; i < count; ++i) out += piece;
  return out;
}

/// A line of /proc/self/status in bytes.
int64_t status_bytes(const std::string& key) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) return std::stoll(line.substr(key.size())) * 1024;
  }
  return -1;
}

struct ImportCost {
  int64_t grown = -1;  // bytes of memory above what the child starts with; -1 when it crashes or takes ten seconds
  double cpu_seconds = 0;
};

/// What importing the file costs a child process. Processor time, because the clock also counts what other processes take.
ImportCost import_in_child(const fs::path& path) {
  int ends[2];
  if (::pipe(ends) != 0) return {};
  const pid_t pid = ::fork();
  if (pid == 0) {
    const rlimit limit{10, 10};
    ::setrlimit(RLIMIT_CPU, &limit);
    const int64_t before = status_bytes("VmRSS:");
    const Status status = import(path);
    const int64_t grown = status_bytes("VmHWM:") - before;
    const bool told = ::write(ends[1], &grown, sizeof grown) == sizeof grown;
    ::_exit(told && status.code() != Code::kInternal ? 0 : 1);
  }
  ::close(ends[1]);
  int64_t grown = -1;
  if (::read(ends[0], &grown, sizeof grown) != sizeof grown) grown = -1;
  ::close(ends[0]);
  int status = 0;
  rusage used{};
  ::wait4(pid, &status, 0, &used);
  const double cpu_seconds =
      static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  return {WIFEXITED(status) && WEXITSTATUS(status) == 0 ? grown : -1, cpu_seconds};
}

/// x [2,3] through `count` ReLU nodes.
std::string chain(size_t count) {
  std::string nodes = message(5, message(1, "g:x") + message(2, std::string("\x08\x02\x08\x03\x10\x01", 6)));
  std::string last = "g:x";
  for (size_t i = 0; i < count; ++i) {
    const std::string name = str("n", i);
    nodes += message(1, message(1, last) + message(2, name) + message(3, name) + message(4, "ReLU"));
    last = name;
  }
  return message(1, "1.1") + message(7, nodes + message(6, message(1, last)));
}

struct Bomb {
  std::string name;
  std::string bytes;
};

/// Files of some megabytes that are nothing but structure.
std::vector<Bomb> bombs() {
  constexpr size_t kMany = 2000000;
  const std::string head = message(1, "1.1");
  const std::string output = message(6, message(1, "y"));
  const std::string input = message(5, message(1, "g:x") + message(2, std::string("\x08\x02\x08\x03\x10\x01", 6)));
  const std::string constant = [](const std::string& value) {
    return message(1, message(2, "y") + message(3, "y") + message(4, "Constant") + message(5, message(1, "value") + value));
  }(repeated(std::string("\x8a\x01\x00", 3), kMany) + std::string("\x80\x01\x14", 3));
  std::string tuple_nodes;
  for (size_t i = 0; i < 20000; ++i) {
    const std::string name = str("t", i);
    tuple_nodes += message(1, repeated(message(1, i ? str("t", i - 1) : "g:x"), 20) + message(2, name) + message(3, name) + message(4, "MakeTuple"));
  }
  return {{"empty nodes", head + message(7, repeated(std::string("\x0a\x00", 2), kMany) + output)},
          {"empty inputs", head + message(7, repeated(std::string("\x2a\x00", 2), kMany) + output)},
          {"empty parameters", head + message(7, repeated(std::string("\x1a\x00", 2), kMany) + output)},
          {"empty functions", head + repeated(std::string("\x42\x00", 2), kMany)},
          {"empty primitives", head + message(7, output) + repeated(std::string("\x62\x00", 2), kMany)},
          {"empty node inputs", head + message(7, message(1, repeated(std::string("\x0a\x00", 2), kMany) + message(3, "y")) + output)},
          {"empty attributes", head + message(7, message(1, repeated(std::string("\x2a\x00", 2), kMany) + message(3, "y")) + output)},
          {"empty tuple members", head + message(7, constant + output)},
          {"packed dims", head + message(7, input + message(3, message(7, "g:y") + message(1, repeated("\x01", kMany))) + message(6, message(1, "g:y")))},
          {"long chain", chain(60000)},
          {"tuples of tuples", head + message(7, input + tuple_nodes + message(6, message(1, "t19999")))}};
}

TEST_F(Hostile, bombs_of_structure_stay_within_time_and_memory) {
  for (const Bomb& bomb : bombs()) {
    const fs::path path = write(bomb.bytes);
    const auto [grown, cpu_seconds] = import_in_child(path);
    EXPECT_GE(grown, 0) << bomb.name << " crashed or took more than ten seconds";
    RecordProperty(bomb.name, str(bomb.bytes.size(), " bytes: ", grown, " bytes"));
    if (kSanitized) continue;
    EXPECT_LE(grown, static_cast<int64_t>(2 * bomb.bytes.size()) + (int64_t{64} << 20U)) << bomb.name;
    EXPECT_LT(cpu_seconds, 1) << bomb.name;
  }
}

/// `count` matrices of 2^22 and more elements, no two alike, each described by a few bytes.
std::string made_constants(size_t count) {
  const auto size = [](const std::string& name, uint64_t value) {
    return message(5, message(1, name) + std::string("\x18") + varint(value) + std::string("\x80\x01\x07", 3));
  };
  const std::string dtype = message(5, message(1, "t") + message(12, std::string("\x10\x01", 2)) + std::string("\x80\x01\x13", 3));
  std::string nodes;
  std::string members;
  for (size_t i = 0; i < count; ++i) {
    const std::string name = str("n", i);
    nodes += message(1, message(2, name) + message(3, name) + message(4, "Eye") + size("n", 2048) + size("m", 2048 + i) + dtype);
    members += message(1, name);
  }
  nodes += message(1, members + message(2, "t") + message(3, "t") + message(4, "MakeTuple"));
  return message(1, "1.1") + message(7, nodes + message(6, message(1, "t")));
}

TEST_F(Hostile, constants_that_operators_make_up_are_bounded_together) {
  const Status few = import(write(made_constants(3)));
  EXPECT_TRUE(few.ok()) << few.message();
  const fs::path path = write(made_constants(40));
  const Status many = import(path);
  expect_refusal(many, "40 matrices");
  EXPECT_NE(many.message().find("make up far larger constants than its size allows for"), std::string::npos) << many.message();
  if (kSanitized) return;  // which keeps what is freed
  EXPECT_LT(import_in_child(path).grown, int64_t{800} << 20U);
}

TEST_F(Hostile, long_chains_are_imported_without_recursion) {
  const Status status = import(write(chain(30000)));
  EXPECT_TRUE(status.ok()) << status.message();
}

TEST_F(Hostile, symlinks_out_of_the_folder_are_refused) {
  fs::create_directories(folder_ / "inside");
  std::ofstream(folder_ / "secret") << std::string(64, 's');
  fs::create_symlink(folder_ / "secret", folder_ / "inside" / "external_data");
  const Status status = import(write(contents(kCorpus / "external_short.mindir"), "inside/model.mindir"));
  EXPECT_EQ(status.code(), Code::kInvalidModel);
  EXPECT_NE(status.message().find("outside the folder"), std::string::npos) << status.message();
}

TEST_F(Hostile, names_do_not_lead_out_of_the_folder_into_that_of_the_linked_file) {
  fs::create_directories(folder_ / "repository/1");
  fs::create_directories(folder_ / "blobs");
  std::string bytes = contents(kCorpus / "external_short.mindir");
  const std::string inner = "external_data";
  const size_t at = bytes.find(inner);
  ASSERT_NE(at, std::string::npos);
  // As long as the name in the file, so that the lengths around it hold.
  bytes.replace(at, inner.size(), "../blobs/data");
  write(std::string(64, 's'), "blobs/data");
  write(bytes, "blobs/model");
  fs::create_symlink("../../blobs/model", folder_ / "repository/1/model.mindir");
  fs::create_symlink("../blobs", folder_ / "repository/blobs");
  const Status status = import(folder_ / "repository/1/model.mindir");
  EXPECT_EQ(status.code(), Code::kInvalidModel);
  EXPECT_NE(status.message().find("outside the folder"), std::string::npos) << status.message();
}

TEST_F(Hostile, things_that_are_not_files_are_refused) {
  EXPECT_EQ(import(folder_).code(), Code::kInvalidModel);
  EXPECT_EQ(import(folder_ / "nothing.mindir").code(), Code::kNotFound);
  const fs::path pipe = folder_ / "pipe.mindir";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(import(pipe).code(), Code::kInvalidModel);
}

}  // namespace
}  // namespace mindird::mindir
