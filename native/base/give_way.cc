#include "base/give_way.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace mindird {
namespace {

/// The highest niceness there is.
constexpr int kNicest = 19;

/// The first version of `struct sched_attr` of linux/sched/types.h, whose header contradicts that of the C library.
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

}  // namespace

void give_way() {
  // On Linux niceness is a thread's own; the process's number names its first, 0 the calling one.
  errno = 0;
  const int first = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::getpid()));
  if (errno != 0) return;
  Attributes own;
  if (::syscall(SYS_sched_getattr, 0, &own, sizeof own, 0) != 0 || (own.policy != SCHED_OTHER && own.policy != SCHED_BATCH)) return;
  own.size = sizeof own;
  own.nice = std::max(own.nice, std::min(first + kGivesWayBy, kNicest));
  own.runtime = kComputingSliceNs;
  // A sandbox may know the old call alone.
  if (::syscall(SYS_sched_setattr, 0, &own, 0) != 0) ::setpriority(PRIO_PROCESS, 0, own.nice);
}

}  // namespace mindird
