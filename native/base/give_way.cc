#include "base/give_way.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>

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

void set_turn(uint64_t turn) {
  auto own = attributes();
  if (!own || own->policy != SCHED_OTHER) return;
  own->runtime = turn;
  ::syscall(SYS_sched_setattr, 0, &*own, kNoFlags);
}

}  // namespace

void give_way() {
  // On Linux niceness is a thread's own; 0 names the calling one, the process's number its first.
  errno = 0;
  const int first = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::getpid()));
  const int own = ::getpriority(PRIO_PROCESS, 0);
  const int wanted = std::min(first + kGivesWayBy, kNicest);
  if (errno == 0 && own < wanted) ::setpriority(PRIO_PROCESS, 0, wanted);
  set_turn(kUsualTurn);
}

void go_first() { set_turn(kShortTurn); }

uint64_t turn() {
  const auto own = attributes();
  return own ? own->runtime : 0;
}

}  // namespace mindird
