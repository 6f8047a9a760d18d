// The loop waits on two pipes, the lines' and standard error's. A grandchild may keep them open for longer than the process lives, so the process is also
// asked for now and then, and what its end left in the pipes is read without waiting.
#include "engines/tensorrt/loader/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "base/strings.h"
#include "engines/tensorrt/loader/child_wire.h"

namespace mindird::engines::tensorrt {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMostWords = 2048;
constexpr size_t kMostLine = 64 * 1024;
/// Descriptors of ours lie above those they become in the child, so that none is overwritten before it is copied.
constexpr int kLowest = 16;

Status failed(const char* what) { return internal_error(str(what, ": ", std::strerror(errno))); }

Result<Descriptor> lifted(int fd) {
  const Descriptor low(fd);
  Descriptor out(::fcntl(fd, F_DUPFD_CLOEXEC, kLowest));
  if (!out.open()) return failed("fcntl");
  return out;
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed("pipe2");
  Descriptor write(ends[1]);
  Pipe out;
  TRY_ASSIGN(out.read, lifted(ends[0]));
  TRY_ASSIGN(out.write, lifted(write.release()));
  if (::fcntl(out.read.get(), F_SETFL, O_NONBLOCK) != 0) return failed("fcntl");
  return out;
}

/// Cuts what arrives into lines; a line without an end is cut off at kMostLine.
class Lines {
 public:
  void add(std::string_view bytes, const std::function<void(std::string_view)>& line) {
    rest_ += bytes;
    size_t begin = 0;
    for (size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1) line(std::string_view(rest_).substr(begin, end - begin));
    rest_.erase(0, begin);
    if (rest_.size() > kMostLine) rest_.clear();
  }

 private:
  std::string rest_;
};

/// The last bytes written to a stream.
class Tail {
 public:
  void add(std::string_view bytes) {
    text_ += bytes;
    if (text_.size() > 2 * kMostWords) text_.erase(0, text_.size() - kMostWords);
  }
  std::string one_line() const {
    std::string out;
    for (const char c : text_.substr(text_.size() - std::min(text_.size(), kMostWords))) {
      const bool blank = static_cast<unsigned char>(c) <= ' ';
      if (blank && (out.empty() || out.back() == ' ')) continue;
      out += blank ? ' ' : c;
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
  }

 private:
  std::string text_;
};

/// Everything that can be read now. Closes the descriptor at the end of the stream.
template <class Use>
void drain(Descriptor& from, Use use) {
  std::array<char, 4096> buffer;
  while (from.open()) {
    const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
    if (got > 0) {
      use(std::string_view(buffer.data(), static_cast<size_t>(got)));
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else {
      if (got == 0 || errno != EAGAIN) from.close();
      return;
    }
  }
}

/// The process's own environment with the folder in front of the loader's path: TensorRT opens its builder's resources by their bare names, and a library
/// without RUNPATH (10.6) does not find those that lie beside it.
std::vector<std::string> environment_of(const ChildJob& job) {
  constexpr std::string_view kName = "LD_LIBRARY_PATH=";
  std::string before;
  std::vector<std::string> out;
  for (char** at = environ; *at; ++at) {
    const std::string_view setting(*at);
    if (!job.library_folder.empty() && setting.starts_with(kName)) {
      before = setting.substr(kName.size());
    } else {
      out.emplace_back(setting);
    }
  }
  if (!job.library_folder.empty()) out.push_back(str(kName, job.library_folder, before.empty() ? "" : ":", before));
  return out;
}

class Spawning {
 public:
  Spawning() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;
  ~Spawning() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  Result<pid_t> start(const ChildJob& job, int lines, int errors) {
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    for (const auto& [from, to] : {std::pair(errors, STDERR_FILENO), {job.request, kRequestFd}, {lines, kLinesFd}, {job.answer, kAnswerFd}}) {
      posix_spawn_file_actions_adddup2(&actions_, from, to);
    }
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    std::vector<std::string> words = {job.executable};
    words.insert(words.end(), job.arguments.begin(), job.arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = 0;
    std::vector<std::string> settings = environment_of(job);
    std::vector<char*> envp;
    for (std::string& setting : settings) envp.push_back(setting.data());
    envp.push_back(nullptr);
    const int error = ::posix_spawn(&pid, job.executable.c_str(), &actions_, &attributes_, argv.data(), envp.data());
    if (error != 0) return internal_error(str(job.executable, ": cannot be started: ", std::strerror(error)));
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

/// Nothing while it runs. A process whose end somebody else took (SIGCHLD ignored) counts as exited with an unknown code.
std::optional<ChildEnd> ended(pid_t pid) {
  int status = 0;
  const pid_t got = ::waitpid(pid, &status, WNOHANG);
  if (got == 0 || (got < 0 && errno == EINTR)) return std::nullopt;
  ChildEnd out;
  if (got == pid && WIFSIGNALED(status)) out.signal = WTERMSIG(status);
  if (got == pid && WIFEXITED(status)) out.code = WEXITSTATUS(status);
  return out;
}

/// Until something can be read; with both pipes closed, a moment.
void wait_for_any(const Descriptor& lines, const Descriptor& errors, Clock::duration most) {
  constexpr auto kTurn = std::chrono::milliseconds(50);
  constexpr auto kClosedTurn = std::chrono::milliseconds(1);
  std::array<pollfd, 2> fds = {{{lines.get(), POLLIN, 0}, {errors.get(), POLLIN, 0}}};
  const auto turn = lines.open() || errors.open() ? kTurn : kClosedTurn;
  const auto wait = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(most), std::chrono::milliseconds(0), std::chrono::milliseconds(turn));
  ::poll(fds.data(), fds.size(), static_cast<int>(wait.count()));
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = other.release();
  }
  return *this;
}

int Descriptor::release() {
  const int out = fd_;
  fd_ = -1;
  return out;
}

void Descriptor::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<Descriptor> memory_file(const char* name) {
  const int fd = ::memfd_create(name, MFD_CLOEXEC);
  if (fd < 0) return failed("memfd_create");
  return lifted(fd);
}

Result<ChildEnd> run_child(const ChildJob& job) {
  TRY_ASSIGN(Pipe lines, make_pipe());
  TRY_ASSIGN(Pipe errors, make_pipe());
  const Clock::time_point end = Clock::now() + job.timeout;
  TRY_ASSIGN(const pid_t pid, Spawning().start(job, lines.write.get(), errors.write.get()));
  lines.write.close();
  errors.write.close();
  Lines cutter;
  Tail words;
  const auto read_pipes = [&] {
    drain(lines.read, [&](std::string_view bytes) { cutter.add(bytes, job.line); });
    drain(errors.read, [&](std::string_view bytes) { words.add(bytes); });
  };
  std::optional<ChildEnd> out;
  bool timed_out = false;
  bool cancelled = false;
  while (!(out = ended(pid))) {
    if (!timed_out && !cancelled) {
      timed_out = Clock::now() >= end;
      cancelled = !timed_out && job.cancelled && *job.cancelled;
      if (timed_out || cancelled) ::kill(-pid, SIGKILL);
    }
    wait_for_any(lines.read, errors.read, timed_out || cancelled ? Clock::duration(std::chrono::milliseconds(50)) : end - Clock::now());
    read_pipes();
  }
  read_pipes();
  out->timed_out = timed_out;
  out->cancelled = cancelled;
  out->last_words = words.one_line();
  return std::move(*out);
}

}  // namespace mindird::engines::tensorrt
