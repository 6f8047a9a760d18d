#include "base/give_way.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace mindird {
namespace {

/// The highest niceness there is.
constexpr int kNicest = 19;

}  // namespace

void give_way() {
  // On Linux niceness is a thread's own; 0 names the calling one, the process's number its first.
  errno = 0;
  const int first = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::getpid()));
  const int own = ::getpriority(PRIO_PROCESS, 0);
  const int wanted = std::min(first + kGivesWayBy, kNicest);
  if (errno == 0 && own < wanted) ::setpriority(PRIO_PROCESS, 0, wanted);
}

}  // namespace mindird
