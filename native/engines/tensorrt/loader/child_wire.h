// What a server and a builder process say to each other. The request lies in a file the builder inherits: what to load, the build options, the
// subgraph. While it works the builder writes lines (progress, log), and one at the end: done, or why not. The engine itself comes in a second file.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/event.h"
#include "base/status.h"
#include "engines/engine.h"
#include "engines/tensorrt/loader/loader.h"
#include "ir/graph.h"

namespace mindird::engines::tensorrt {

/// Descriptors the builder is started with, beside the standard ones.
inline constexpr int kRequestFd = 3;
inline constexpr int kLinesFd = 4;
inline constexpr int kAnswerFd = 5;

struct BuildRequest {
  LoaderOptions loader;
  BuildOptions options;
  ir::Graph graph;
};

/// `options` without what is of this process alone: packed weights and the progress function.
std::vector<std::byte> write_request(const LoaderOptions& loader, const BuildOptions& options, const ir::Graph& graph);
/// Any bytes: an error, never a crash. A request of another build of mindird is refused.
Result<BuildRequest> read_request(std::span<const std::byte> bytes);

struct ProgressLine {
  double fraction = 0;
  std::string step;
};
struct LogLine {
  Level level = Level::kInfo;
  std::string message;
};
struct DoneLine {
  uint64_t bytes = 0;
  std::string hash;  // hash_bytes() of the answer
};
struct FailLine {
  Code code = Code::kEngineFailed;
  std::string message;
};
using BuilderLine = std::variant<ProgressLine, LogLine, DoneLine, FailLine>;

/// One line with its end; line ends within texts become spaces.
std::string write_line(const BuilderLine& line);
/// A line without its end; nothing when it is none of these.
std::optional<BuilderLine> read_line(std::string_view line);

}  // namespace mindird::engines::tensorrt
