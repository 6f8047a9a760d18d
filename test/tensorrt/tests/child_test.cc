// Builds in a process of their own, on the test libraries: what comes back, and every way in which that process can fail. Where the builder must
// answer nonsense a shell script stands in for it.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/event.h"
#include "base/hash.h"
#include "engines/tensorrt/loader/child_engine.h"
#include "engines/tensorrt/loader/child_wire.h"
#include "support.h"
#include "test/temporary_folder.h"

namespace mindird::test {
namespace {

namespace fs = std::filesystem;
using engines::tensorrt::BuilderOptions;
using std::chrono::milliseconds;

constexpr const char* kGraph =
    "graph tiny(x: f32[2,3]) -> (y) {\n"
    "  a = Binary(x, x) {kind=add} : f32[2,3]  # Default/add\n"
    "  y = Unary(a) {kind=relu, alpha=0, beta=0} : f32[2,3]  # Default/relu\n"
    "}\n";

ir::Graph tiny() {
  auto graph = ir::parse(kGraph);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return std::move(graph).value();
}

/// Settings of the test libnvinfer, here and in processes started meanwhile.
class Settings {
 public:
  explicit Settings(const char* text) { setenv("MINDIRD_TEST_NVINFER", text, 1); }
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;
  ~Settings() { unsetenv("MINDIRD_TEST_NVINFER"); }
};

std::string build_error(BuilderOptions options) {
  const auto built = child_engine(std::move(options))->build(tiny(), {});
  return built.ok() ? "it was built" : built.status().message();
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

class TensorrtChild : public testing::Test {
 protected:
  void SetUp() override {
    tensorrt_engine();
    drain_events();
  }

  /// A builder that is a shell script.
  BuilderOptions script(const std::string& body) {
    BuilderOptions out = good_builder();
    out.executable = (folder_ / "builder").string();
    std::ofstream(out.executable) << "#!/bin/sh\n" << body << '\n';
    chmod(out.executable.c_str(), 0755);
    return out;
  }

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(TensorrtChild, FindsWhatLiesBesideTheLibrary) {
  setenv("LD_LIBRARY_PATH", "/nowhere", 1);
  BuilderOptions options = script("echo \"the path is $LD_LIBRARY_PATH\" >&2; exit 3");
  options.loader.library_path = "/opt/tensorrt/lib/libnvinfer.so.10";
  const std::string error = build_error(std::move(options));
  unsetenv("LD_LIBRARY_PATH");
  EXPECT_TRUE(holds(error, "the path is /opt/tensorrt/lib:/nowhere")) << error;
}

TEST_F(TensorrtChild, BuildsWhatThisProcessBuilds) {
  const auto here = tensorrt_engine().build(tiny(), {});
  ASSERT_TRUE(here.ok()) << here.status().message();
  std::vector<double> fractions;
  std::string last;
  engines::BuildOptions options;
  options.progress = [&](double fraction, std::string_view step) {
    fractions.push_back(fraction);
    last = step;
  };
  const auto there = child_engine(good_builder())->build(tiny(), options);
  ASSERT_TRUE(there.ok()) << there.status().message();
  EXPECT_EQ((*here)->serialize().value(), (*there)->serialize().value());
  EXPECT_FALSE(fractions.empty());
  EXPECT_EQ(last, "Building Engine");
}

TEST_F(TensorrtChild, ItsErrorsAreTheBuildersOwn) {
  const Settings failing("build=fail");
  const auto here = tensorrt_engine().build(tiny(), {});
  ASSERT_FALSE(here.ok());
  const auto there = child_engine(good_builder())->build(tiny(), {});
  ASSERT_FALSE(there.ok());
  EXPECT_EQ(there.status().message(), here.status().message());
  EXPECT_EQ(there.status().code(), here.status().code());
  bool logged = false;
  for (const Event& event : drain_events()) {
    for (const auto& [name, value] : event.fields) logged |= name == "partition" && std::get<std::string>(value) == "tiny";
  }
  EXPECT_TRUE(logged);
}

TEST_F(TensorrtChild, AnAbortIsAnError) {
  const Settings aborting("build=abort");
  const std::string error = build_error(good_builder());
  EXPECT_TRUE(holds(error, "the builder of tiny (2 operators) was killed by signal 6 (Aborted)")) << error;
  EXPECT_TRUE(holds(error, "last words: test libnvinfer: told to abort")) << error;
}

TEST_F(TensorrtChild, AKilledBuilderIsAnError) {
  const Settings killed("build=kill");
  const std::string error = build_error(good_builder());
  EXPECT_TRUE(holds(error, "was killed by signal 9 (Killed, perhaps for want of memory)")) << error;
}

TEST_F(TensorrtChild, ABuildThatHangsIsEnded) {
  const Settings hanging("build=hang");
  BuilderOptions options = good_builder();
  options.timeout = milliseconds(1500);
  const auto begin = std::chrono::steady_clock::now();
  const std::string error = build_error(options);
  EXPECT_TRUE(holds(error, "was ended after 1500 ms")) << error;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

TEST_F(TensorrtChild, AnExitWithoutAnAnswerIsAnError) {
  const std::string error = build_error(script("echo out of luck >&2; exit 7"));
  EXPECT_TRUE(holds(error, "ended with exit code 7 and no answer; last words: out of luck")) << error;
}

TEST_F(TensorrtChild, NonsenseIsAnError) {
  const std::string error = build_error(script("echo 'hello world' >&4; echo 'progress 7 x' >&4; exit 0"));
  EXPECT_TRUE(holds(error, "exit code 0 and no answer; it said: hello world")) << error;
}

TEST_F(TensorrtChild, AnAnswerThatIsCutShortIsAnError) {
  const std::string error = build_error(script("printf abc >&5; echo 'done 4 00' >&4"));
  EXPECT_TRUE(holds(error, "answered with other bytes than it announced")) << error;
}

TEST_F(TensorrtChild, AnAnswerThatIsNoPlanIsAnError) {
  // The hash is right, so that the plan itself is looked at.
  const std::string bytes(40, 'x');
  const std::string hash = hash_bytes(std::as_bytes(std::span(bytes))).hex();
  const std::string error = build_error(script("printf " + bytes + " >&5; echo 'done 40 " + hash + "' >&4"));
  EXPECT_EQ(error, "no plan: the first bytes are wrong");
}

TEST_F(TensorrtChild, AFloodOfLinesAndWordsIsKeptSmall) {
  const std::string error = build_error(script("head -c 3000000 /dev/zero | tr '\\0' x >&4; head -c 3000000 /dev/zero | tr '\\0' y >&2; exit 3"));
  EXPECT_TRUE(holds(error, "exit code 3")) << error.substr(0, 500);
  EXPECT_LT(error.size(), 3000U);
}

TEST_F(TensorrtChild, AnExecutableThatCannotRunIsAnError) {
  BuilderOptions options = good_builder();
  options.executable = (folder_ / "nothing").string();
  const std::string error = build_error(options);
  EXPECT_TRUE(holds(error, "cannot be started: No such file or directory")) << error;
}

TEST_F(TensorrtChild, ABuilderOfAnotherBuildRefuses) {
  auto bytes = engines::tensorrt::write_request(good_builder().loader, {}, tiny());
  const auto whole = engines::tensorrt::read_request(bytes);
  ASSERT_TRUE(whole.ok()) << whole.status().message();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  bytes[text.find(std::string_view("abi\0", 4)) + 4] = std::byte{'?'};
  const auto other = engines::tensorrt::read_request(bytes);
  ASSERT_FALSE(other.ok());
  EXPECT_TRUE(holds(other.status().message(), "the builder was built as")) << other.status().message();
}

TEST_F(TensorrtChild, ADamagedRequestIsRefused) {
  const auto bytes = engines::tensorrt::write_request(good_builder().loader, {}, tiny());
  for (size_t size = 0; size < bytes.size(); size += 7) {
    EXPECT_FALSE(engines::tensorrt::read_request(std::span(bytes).first(size)).ok()) << size;
  }
}

TEST_F(TensorrtChild, AChangedRequestIsRefusedOrRead) {
  const auto bytes = engines::tensorrt::write_request(good_builder().loader, {}, tiny());
  size_t refused = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const auto flip : {std::byte{0x01}, std::byte{0x80}, std::byte{0xff}}) {
      auto changed = bytes;
      changed[at] ^= flip;
      refused += engines::tensorrt::read_request(changed).ok() ? 0 : 1;
    }
  }
  EXPECT_GT(refused, bytes.size());
}

TEST_F(TensorrtChild, LinesAreReadAsTheyWereWritten) {
  using namespace engines::tensorrt;
  const auto round = [](const BuilderLine& line) {
    std::string text = write_line(line);
    EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
    text.pop_back();
    return read_line(text);
  };
  const auto progress = std::get<ProgressLine>(round(ProgressLine{0.25, "two words"}).value());
  EXPECT_EQ(progress.fraction, 0.25);
  EXPECT_EQ(progress.step, "two words");
  const auto log = std::get<LogLine>(round(LogLine{Level::kWarn, "first\nsecond"}).value());
  EXPECT_EQ(log.level, Level::kWarn);
  EXPECT_EQ(log.message, "first second");
  const auto done = std::get<DoneLine>(round(DoneLine{12, "ab"}).value());
  EXPECT_EQ(done.bytes, 12U);
  EXPECT_EQ(done.hash, "ab");
  const auto fail = std::get<FailLine>(round(FailLine{Code::kUnsupported, "no: this"}).value());
  EXPECT_EQ(fail.code, Code::kUnsupported);
  EXPECT_EQ(fail.message, "no: this");
  for (const char* text : {"", "progress", "progress nan x", "progress 2 x", "progress -1 x", "log loud x", "done x y", "done -1 y", "finished"}) {
    EXPECT_FALSE(read_line(text).has_value()) << text;
  }
}

TEST_F(TensorrtChild, TheRequestKeepsTheOptions) {
  engines::BuildOptions options;
  options.threads = 3;
  options.optimize = false;
  options.precision = engines::Precision::kBf16;
  options.rows = 8;
  options.keep_folder = "/some where";
  auto profiles = std::make_shared<engines::BatchProfiles>();
  profiles->rows = {1, 4, 8};
  profiles->placeholder = 8191;
  profiles->symbolic = std::make_shared<const ir::Graph>(tiny());
  options.profiles = profiles;
  auto loader = good_builder().loader;
  loader.settings.tf32 = true;
  loader.settings.optimization_level = 5;
  loader.settings.build_threads = 4;
  auto request = engines::tensorrt::read_request(engines::tensorrt::write_request(loader, options, tiny()));
  ASSERT_TRUE(request.ok()) << request.status().message();
  EXPECT_EQ(request->options.threads, 3);
  EXPECT_FALSE(request->options.optimize);
  EXPECT_EQ(request->options.precision, engines::Precision::kBf16);
  EXPECT_EQ(request->options.rows, 8);
  EXPECT_EQ(request->options.keep_folder, "/some where");
  ASSERT_NE(request->options.profiles, nullptr);
  EXPECT_EQ(request->options.profiles->rows, profiles->rows);
  EXPECT_EQ(request->options.profiles->placeholder, 8191);
  EXPECT_EQ(request->options.profiles->symbolic->living_nodes(), 2U);
  EXPECT_TRUE(request->loader.settings.tf32);
  EXPECT_EQ(request->loader.settings.optimization_level, 5);
  EXPECT_EQ(request->loader.settings.build_threads, 4);
  EXPECT_EQ(request->loader.module_folder, MINDIRD_TRT_MODULES);
}

}  // namespace
}  // namespace mindird::test
