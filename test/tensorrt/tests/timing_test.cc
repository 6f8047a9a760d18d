// The timing cache: what one build measured the next does not, whatever becomes of the file in between.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/event.h"
#include "support.h"
#include "test/temporary_folder.h"

namespace mindird::test {
namespace {

namespace fs = std::filesystem;

ir::Graph parse(const char* text) {
  auto graph = ir::parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return std::move(graph).value();
}

ir::Graph adding() { return parse("graph adding(x: f32[2,3]) -> (y) {\n  y = Binary(x, x) {kind=add} : f32[2,3]  # Default/add\n}\n"); }
ir::Graph scaling() { return parse("graph scaling(x: f32[4]) -> (y) {\n  y = Binary(x, x) {kind=mul} : f32[4]  # Default/mul\n}\n"); }

class TensorrtTimings : public testing::Test {
 protected:
  void SetUp() override {
    tensorrt_engine();
    drain_events();
  }

  /// The one file there is.
  fs::path file() const {
    const fs::directory_iterator first(folder_);
    return first == fs::directory_iterator() ? fs::path() : first->path();
  }

  /// Builds, and gives what the executable says of the timing cache.
  std::string note(ir::Graph graph, const std::function<void()>& meanwhile = {}, const engines::Engine& engine = tensorrt_engine()) {
    engines::BuildOptions options;
    options.keep_folder = folder_.string();
    if (meanwhile) options.progress = [&](double, std::string_view) { meanwhile(); };
    const auto built = engine.build(std::move(graph), options);
    EXPECT_TRUE(built.ok()) << built.status().message();
    if (!built.ok()) return {};
    for (const auto& [name, value] : (*built)->details()) {
      if (name == "timing cache") return value;
    }
    return "no note";
  }

  /// The last warning since the last call.
  static std::string warning() {
    std::string out;
    for (const Event& event : drain_events()) {
      if (event.level == Level::kWarn) out = std::get<std::string>(event.fields.at(0).second);
    }
    return out;
  }

  const TemporaryFolder temporary_;
  fs::path folder_ = temporary_.path();
};

const char* const kFirst = "0 bytes before, ";
const char* const kAgain = " bytes, no kernel measured anew";

TEST_F(TensorrtTimings, ASecondBuildMeasuresNothing) {
  EXPECT_TRUE(note(adding()).starts_with(kFirst));
  EXPECT_EQ(file().filename(), "tensorrt-11.1.0-test_device_on_the_host__no_GPU_-sm90.timing");
  EXPECT_TRUE(note(adding()).ends_with(kAgain));
  const std::string other = note(scaling());
  EXPECT_FALSE(other.starts_with(kFirst) || other.ends_with(kAgain)) << other;
  EXPECT_TRUE(note(adding()).ends_with(kAgain));
  EXPECT_EQ(warning(), "");
}

TEST_F(TensorrtTimings, WithoutAFolderNothingIsKept) {
  const auto built = tensorrt_engine().build(adding(), {});
  ASSERT_TRUE(built.ok()) << built.status().message();
  const auto details = (*built)->details();
  EXPECT_EQ(std::count(details.begin(), details.end(), std::pair<std::string, std::string>("timing cache", "none")), 1);
}

TEST_F(TensorrtTimings, TheNoteOutlivesSavingAndLoading) {
  engines::BuildOptions options;
  options.keep_folder = folder_.string();
  const auto built = tensorrt_engine().build(adding(), options);
  ASSERT_TRUE(built.ok());
  const auto bytes = (*built)->serialize();
  const auto loaded = tensorrt_engine().load(adding(), *bytes, options);
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  EXPECT_EQ((*loaded)->details(), (*built)->details());
}

TEST_F(TensorrtTimings, AChildProcessUsesTheSameFile) {
  const auto child = child_engine();
  EXPECT_TRUE(note(adding(), {}, *child).starts_with(kFirst));
  EXPECT_TRUE(note(adding()).ends_with(kAgain));
  EXPECT_TRUE(note(adding(), {}, *child).ends_with(kAgain));
}

TEST_F(TensorrtTimings, ADamagedFileIsAWarningAndReplaced) {
  note(adding());
  fs::resize_file(file(), fs::file_size(file()) - 3);
  EXPECT_TRUE(note(adding()).starts_with(kFirst));
  EXPECT_NE(warning().find("; kernels are measured anew"), std::string::npos);
  EXPECT_TRUE(note(adding()).ends_with(kAgain));
}

TEST_F(TensorrtTimings, WhatTheLibraryRefusesIsMeasuredAnew) {
  note(adding());
  // The version is told anew each time; the loader's answer stays, so the file is the same and the library finds it strange.
  setenv("MINDIRD_TEST_NVINFER", "version=110200", 1);
  const auto built = tensorrt_engine().build(adding(), [this] {
    engines::BuildOptions options;
    options.keep_folder = folder_.string();
    return options;
  }());
  unsetenv("MINDIRD_TEST_NVINFER");
  ASSERT_TRUE(built.ok()) << built.status().message();
  EXPECT_NE(warning().find("TensorRT refuses it; kernels are measured anew"), std::string::npos);
}

TEST_F(TensorrtTimings, WhatAnotherProcessWroteMeanwhileIsKept) {
  note(scaling());
  const fs::path name = file();
  const fs::path theirs = folder_ / "theirs";
  fs::rename(name, theirs);
  const auto arrives = [&] {
    if (fs::exists(theirs)) fs::rename(theirs, name);
  };
  EXPECT_TRUE(note(adding(), arrives).starts_with(kFirst));
  EXPECT_TRUE(note(adding()).ends_with(kAgain));
  EXPECT_TRUE(note(scaling()).ends_with(kAgain));
}

TEST_F(TensorrtTimings, AFolderThatIsNoneIsAWarning) {
  fs::path whole = folder_;
  std::ofstream(folder_ / "file") << "x";
  folder_ /= "file";
  EXPECT_TRUE(note(adding()).starts_with(kFirst));
  folder_ = whole;
  EXPECT_NE(warning().find("cannot be written"), std::string::npos);
}

TEST_F(TensorrtTimings, AFullDiskIsAWarningThatLeavesNothingBehind) {
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{20, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  const std::string said = note(adding());
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_TRUE(said.starts_with(kFirst));
  EXPECT_NE(warning().find("cannot be written: File too large"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(folder_));
}

}  // namespace
}  // namespace mindird::test
