#include "base/give_way.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace mindird {
namespace {

/// The highest niceness there is.
constexpr int kNicest = 19;
/// What the system gives whoever asks for nothing.
constexpr uint64_t kUsualTurn = 0;

/// What sched_setattr(2) takes, in its first version; the kernel's own header and that of the C library do not go together.
struct Attributes {
  uint32_t size = sizeof(Attributes);
  uint32_t policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0;
  uint64_t deadline = 0;
  uint64_t period = 0;
};
static_assert(sizeof(Attributes) == 48);

constexpr unsigned kNoFlags = 0;

/// Of the calling thread.
std::optional<Attributes> attributes() {
  Attributes own;
  if (::syscall(SYS_sched_getattr, 0, &own, sizeof own, kNoFlags) != 0) return std::nullopt;
  return own;
}

/// Makes a thread, 0 for the calling one, nicer than the first one by so much, if it is not so already. On Linux niceness is a thread's own; the process's
/// number names its first.
void be_nicer(id_t thread, int by) {
  errno = 0;
  const int first = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::getpid()));
  const int own = ::getpriority(PRIO_PROCESS, thread);
  const int wanted = std::min(first + by, kNicest);
  if (errno == 0 && own < wanted) ::setpriority(PRIO_PROCESS, thread, wanted);
}

void set_turn(uint64_t turn) {
  auto own = attributes();
  if (!own || own->policy != SCHED_OTHER) return;
  own->runtime = turn;
  ::syscall(SYS_sched_setattr, 0, &*own, kNoFlags);
}

}  // namespace

void give_way() {
  be_nicer(0, kGivesWayBy);
  set_turn(kUsualTurn);
}

void threads_give_way(std::string_view name, int by) {
  std::error_code failed;
  // A thread may end while the list is read; what cannot be read is passed over.
  for (std::filesystem::directory_iterator task("/proc/self/task", failed), end; !failed && task != end; task.increment(failed)) {
    std::string found;
    std::getline(std::ifstream(task->path() / "comm"), found);
    const std::string number = task->path().filename().string();
    id_t thread = 0;
    if (found != name || std::from_chars(number.data(), number.data() + number.size(), thread).ec != std::errc()) continue;
    be_nicer(thread, by);
  }
}

void go_first() { set_turn(kShortTurn); }

uint64_t turn() {
  const auto own = attributes();
  return own ? own->runtime : 0;
}

}  // namespace mindird
