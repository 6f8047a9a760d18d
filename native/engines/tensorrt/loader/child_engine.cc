#include "engines/tensorrt/loader/child_engine.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>

#include "base/event.h"
#include "base/hash.h"
#include "base/strings.h"
#include "engines/tensorrt/loader/child_process.h"
#include "engines/tensorrt/loader/child_wire.h"
#include "engines/traits.h"

namespace mindird::engines::tensorrt {
namespace {

Status system_failed(const char* what) { return internal_error(str(what, ": ", std::strerror(errno))); }

Status write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return system_failed("the builder's request cannot be written");
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
  return {};
}

/// A file in memory, readable as long as this lives.
class Mapping {
 public:
  explicit Mapping(int fd) {
    struct stat about {};
    if (::fstat(fd, &about) != 0 || about.st_size <= 0) return;
    void* const at = ::mmap(nullptr, static_cast<size_t>(about.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
    if (at != MAP_FAILED) bytes_ = {static_cast<const std::byte*>(at), static_cast<size_t>(about.st_size)};
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

/// What a builder told while it worked.
struct Told {
  std::string step;
  std::string last_error;  // of its log
  std::string nonsense;    // the first line that is none
  std::optional<DoneLine> done;
  std::optional<FailLine> fail;
};

std::string duration_text(std::chrono::milliseconds ms) {
  const int64_t n = ms.count();
  if (n % 60'000 == 0) return str(n / 60'000, " min");
  return n % 1000 == 0 ? str(n / 1000, " s") : str(n, " ms");
}

std::string signal_text(int number) {
  const char* const name = ::sigdescr_np(number);
  return str("was killed by signal ", number, " (", name ? name : "unknown", number == SIGKILL ? ", perhaps for want of memory)" : ")");
}

/// "was killed by signal 6 (Aborted); last step: Building Engine; last words: terminate called …"
std::string end_text(const ChildEnd& end, const Told& told, std::chrono::milliseconds timeout) {
  std::string out = end.timed_out    ? str("was ended after ", duration_text(timeout))
                    : end.signal > 0 ? signal_text(end.signal)
                    : told.done      ? "answered with other bytes than it announced"
                                     : str("ended with exit code ", end.code, " and no answer");
  if (!told.step.empty()) out += str("; last step: ", told.step);
  if (!told.last_error.empty()) out += str("; last error: ", told.last_error);
  if (!told.nonsense.empty()) out += str("; it said: ", told.nonsense);
  if (!end.last_words.empty()) out += str("; last words: ", end.last_words);
  return out;
}

class ChildEngine final : public Engine, public EngineTraits {
 public:
  ChildEngine(std::shared_ptr<const Engine> inner, BuilderOptions options) : inner_(std::move(inner)), options_(std::move(options)) {}

  std::string_view id() const override { return inner_->id(); }
  std::string fingerprint() const override { return inner_->fingerprint(); }
  std::string version() const override { return inner_->version(); }
  std::string device() const override { return inner_->device(); }
  Verdict supports(const ir::Graph& graph, ir::NodeId node) const override { return inner_->supports(graph, node); }
  bool builds_slowly() const override { return inner_->builds_slowly(); }
  bool uses_host_threads() const override { return engines::traits(*inner_).uses_host_threads(); }
  bool embeds() const override { return engines::traits(*inner_).embeds(); }
  bool wants_half_borders() const override { return engines::traits(*inner_).wants_half_borders(); }
  Verdict takes_types_of(Precision precision) const override { return inner_->takes_types_of(precision); }
  bool uses_profiles() const override { return inner_->uses_profiles(); }
  bool convolves_images_in(Precision precision) const override { return inner_->convolves_images_in(precision); }
  Result<std::unique_ptr<Executable>> load(ir::Graph graph, std::span<const std::byte> bytes, const BuildOptions& options) const override {
    return inner_->load(std::move(graph), bytes, options);
  }
  Result<std::unique_ptr<Executable>> build(ir::Graph graph, const BuildOptions& options) const override;

 private:
  Result<ChildEnd> run(int request, int answer, const BuildOptions& options, const ir::Graph& graph, Told& told) const;

  std::shared_ptr<const Engine> inner_;
  BuilderOptions options_;
};

Result<std::unique_ptr<Executable>> ChildEngine::build(ir::Graph graph, const BuildOptions& options) const {
  TRY_ASSIGN(Descriptor request, memory_file("mindird-build-request"));
  TRY_ASSIGN(const Descriptor answer, memory_file("mindird-build-answer"));
  TRY(write_all(request.get(), write_request(options_.loader, options, graph)));
  Told told;
  TRY_ASSIGN(const ChildEnd end, run(request.get(), answer.get(), options, graph, told));
  request.close();
  if (end.cancelled) return Status(Code::kCancelled, "the build was cancelled");
  const bool normal = !end.timed_out && end.signal == 0;
  if (normal && told.fail) return Status(told.fail->code, told.fail->message);
  const Mapping engine(answer.get());
  if (!normal || !told.done || engine.bytes().size() != told.done->bytes || hash_bytes(engine.bytes()).hex() != told.done->hash) {
    return Status(Code::kEngineFailed, str("the builder of ", graph.name, " (", graph.living_nodes(), " operators) ", end_text(end, told, options_.timeout)));
  }
  return inner_->load(std::move(graph), engine.bytes(), options);
}

Result<ChildEnd> ChildEngine::run(int request, int answer, const BuildOptions& options, const ir::Graph& graph, Told& told) const {
  ChildJob job;
  job.executable = options_.executable;
  job.arguments = {"build", str(::getpid())};
  job.library_folder = std::filesystem::path(options_.loader.library_path).parent_path();
  job.request = request;
  job.answer = answer;
  job.timeout = options_.timeout;
  job.cancelled = options.cancelled;
  job.line = [&](std::string_view text) {
    auto line = read_line(text);
    if (!line) {
      if (told.nonsense.empty()) told.nonsense = text.substr(0, 200);
    } else if (const auto* progress = std::get_if<ProgressLine>(&*line)) {
      told.step = progress->step;
      if (options.progress) options.progress(progress->fraction, progress->step);
    } else if (auto* log = std::get_if<LogLine>(&*line)) {
      if (log->level == Level::kError) told.last_error = log->message;
      log_event({log->level, "tensorrt", {{"cause", std::move(log->message)}, {"partition", graph.name}}});
    } else if (const auto* done = std::get_if<DoneLine>(&*line)) {
      told.done = *done;
    } else {
      told.fail = std::get<FailLine>(*line);
    }
  };
  return run_child(job);
}

}  // namespace

std::unique_ptr<Engine> build_in_child(std::shared_ptr<const Engine> inner, BuilderOptions options) {
  return std::make_unique<ChildEngine>(std::move(inner), std::move(options));
}

}  // namespace mindird::engines::tensorrt
