#include "base/short_slice.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <fstream>
#include <string>
#include <thread>

namespace mindird {
namespace {

/// The slice of the calling thread in nanoseconds, 0 where the kernel does not tell (one without CONFIG_SCHED_DEBUG or before 6.6).
long slice_ns() {
  std::ifstream in("/proc/thread-self/sched");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("se.slice")) return std::stol(line.substr(line.find(':') + 1));
  }
  return 0;
}

bool kernel_grants_slices() {
  utsname system{};
  uname(&system);
  const std::string release = system.release;
  const int major = std::stoi(release);
  return major > 6 || (major == 6 && std::stoi(release.substr(release.find('.') + 1)) >= 12);
}

TEST(ShortSlice, PolicyAndNicenessStay) {
  std::thread([] {
    const int nice = getpriority(PRIO_PROCESS, 0);
    ask_for_short_slices();
    EXPECT_EQ(sched_getscheduler(0) & ~SCHED_RESET_ON_FORK, SCHED_OTHER);
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), nice);
  }).join();
}

TEST(ShortSlice, IsTheThreadsOwnAndNotThoseItStarts) {
  std::thread([] {
    const long usual = slice_ns();
    const bool accepted = ask_for_short_slices();
    const long asked = slice_ns();
    EXPECT_EQ(asked, accepted && usual != 0 && kernel_grants_slices() ? 100'000 : usual);
    std::thread([usual] { EXPECT_EQ(slice_ns(), usual); }).join();
  }).join();
}

TEST(ShortSlice, AThreadOfAnotherPolicyStaysAsItIs) {
  std::thread([] {
    const sched_param none{};
    ASSERT_EQ(sched_setscheduler(0, SCHED_BATCH, &none), 0);
    EXPECT_FALSE(ask_for_short_slices());
    EXPECT_EQ(sched_getscheduler(0), SCHED_BATCH);
  }).join();
}

}  // namespace
}  // namespace mindird
