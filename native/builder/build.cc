// The builder's side of engines/tensorrt/loader/child_wire.h: reads the request, builds, tells how far it is, and
// leaves the engine in the answer file.
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <string>

#include "base/guard.h"
#include "base/hash.h"
#include "base/strings.h"
#include "builder/command.h"
#include "engines/registry.h"
#include "engines/tensorrt/loader/child_wire.h"

namespace mindird::builder {
namespace {

using namespace engines;
using namespace engines::tensorrt;

/// Between requests that are served and an engine that is built, the processor goes to the former.
constexpr int kNice = 5;
/// Where memory runs out, this process is ended before the server.
constexpr int kOomScore = 500;

/// Ends with its parent, yields to it, and keeps nothing of what the parent had open.
Status settle_in(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) return internal_error("the server that asked for this engine is gone");
  ::syscall(SYS_close_range, kAnswerFd + 1, ~0U, 0U);
  ::setpriority(PRIO_PROCESS, 0, std::max(::getpriority(PRIO_PROCESS, 0), kNice));
  std::ofstream("/proc/self/oom_score_adj") << kOomScore;
  return {};
}

/// A line is written whole, whichever thread says it.
void say(const BuilderLine& line) {
  static std::mutex mutex;
  const std::string text = write_line(line);
  const std::lock_guard lock(mutex);
  for (size_t done = 0; done < text.size();) {
    const ssize_t put = ::write(kLinesFd, text.data() + done, text.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) std::_Exit(1);
    done += static_cast<size_t>(put);
  }
}

void say_log(Level level, const char* message) { say(LogLine{level, message}); }

/// Passes progress on: every change of the step, and within a step some 50 times a second.
class Reporter {
 public:
  void operator()(double fraction, std::string_view step) {
    using Clock = std::chrono::steady_clock;
    constexpr auto kEvery = std::chrono::milliseconds(20);
    const auto now = Clock::now();
    if (step == step_ && now - last_ < kEvery) return;
    last_ = now;
    step_ = step;
    say(ProgressLine{fraction, step_});
  }

 private:
  std::chrono::steady_clock::time_point last_;
  std::string step_;
};

/// The request; its file is emptied as soon as the graph stands, since both hold all weights.
Result<BuildRequest> take_request() {
  struct stat about {};
  if (::fstat(kRequestFd, &about) != 0) return invalid_argument(str("no request on descriptor ", kRequestFd, ": ", std::strerror(errno)));
  const auto size = static_cast<size_t>(about.st_size);
  if (size == 0) return invalid_argument("the request is empty");
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, kRequestFd, 0);
  if (at == MAP_FAILED) return internal_error(str("mmap: ", std::strerror(errno)));
  auto request = read_request({static_cast<const std::byte*>(at), size});
  ::munmap(at, size);
  if (::ftruncate(kRequestFd, 0) != 0) return internal_error(str("ftruncate: ", std::strerror(errno)));
  return request;
}

Status write_answer(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(kAnswerFd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return internal_error(str("the engine cannot be handed over: ", std::strerror(errno)));
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
  return {};
}

Result<DoneLine> build_request() {
  TRY_ASSIGN(BuildRequest request, take_request());
  request.loader.log = say_log;
  const Found& found = discover(request.loader);
  if (!found.available) return unsupported(str("the builder: ", found.why));
  const Engine* const engine = EngineRegistry::instance().find("tensorrt");
  request.options.progress = [reporter = Reporter()](double fraction, std::string_view step) mutable { reporter(fraction, step); };
  TRY_ASSIGN(const auto executable, engine->build(std::move(request.graph), request.options));
  TRY_ASSIGN(const std::vector<std::byte> bytes, executable->serialize());
  TRY(write_answer(bytes));
  return DoneLine{bytes.size(), hash_bytes(bytes).hex()};
}

}  // namespace

int build(std::span<char*> words) {
  if (words.size() != 1) {
    std::fprintf(stderr, "mindird-builder build: found %zu arguments, want the process that asks\n", words.size());
    return 2;
  }
  const Status settled = settle_in(static_cast<pid_t>(std::strtol(words[0], nullptr, 10)));
  const Result<DoneLine> done = settled.ok() ? guarded(build_request) : Result<DoneLine>(settled);
  if (done.ok()) {
    say(*done);
  } else {
    say(FailLine{done.status().code(), done.status().message()});
  }
  // Without destructors: TensorRT's and the driver's have nothing to save, and take their time.
  std::_Exit(done.ok() ? 0 : 1);
}

}  // namespace mindird::builder
