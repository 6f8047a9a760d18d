#include "base/give_way.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>

namespace mindird {
namespace {

int niceness() { return getpriority(PRIO_PROCESS, 0); }

/// The slice of the calling thread in nanoseconds, 0 where the kernel does not tell (one without CONFIG_SCHED_DEBUG or before 6.6).
uint64_t slice_ns() {
  std::ifstream in("/proc/thread-self/sched");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("se.slice")) return std::stoull(line.substr(line.find(':') + 1));
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

TEST(GiveWay, IsOfTheThreadAndThoseItStarts) {
  const int before = niceness();
  const int wanted = std::min(before + kGivesWayBy, 19);
  std::thread([wanted] {
    give_way();
    EXPECT_EQ(niceness(), wanted);
    std::thread([wanted] {
      EXPECT_EQ(niceness(), wanted);
      give_way();
      EXPECT_EQ(niceness(), wanted) << "is not added up";
    }).join();
  }).join();
  EXPECT_EQ(niceness(), before);
}

TEST(GiveWay, NobodyBecomesLessNice) {
  std::thread([] {
    ASSERT_EQ(setpriority(PRIO_PROCESS, 0, 19), 0);
    give_way();
    EXPECT_EQ(niceness(), 19);
  }).join();
}

TEST(GiveWay, SlicesAreLongForTheThreadAndThoseItStarts) {
  const uint64_t usual = slice_ns();
  const uint64_t wanted = usual != 0 && kernel_grants_slices() ? kComputingSliceNs : usual;
  std::thread([wanted] {
    give_way();
    EXPECT_EQ(slice_ns(), wanted);
    std::thread([wanted] { EXPECT_EQ(slice_ns(), wanted); }).join();
  }).join();
  EXPECT_EQ(slice_ns(), usual);
}

TEST(GiveWay, ThePolicyStays) {
  std::thread([] {
    const sched_param none{};
    ASSERT_EQ(sched_setscheduler(0, SCHED_BATCH, &none), 0);
    const int wanted = std::min(niceness() + kGivesWayBy, 19);
    give_way();
    EXPECT_EQ(sched_getscheduler(0), SCHED_BATCH);
    EXPECT_EQ(niceness(), wanted);
  }).join();
}

TEST(GiveWay, AThreadWithoutNicenessStaysAsItIs) {
  std::thread([] {
    const sched_param none{};
    ASSERT_EQ(sched_setscheduler(0, SCHED_IDLE, &none), 0);
    const int before = niceness();
    give_way();
    EXPECT_EQ(sched_getscheduler(0), SCHED_IDLE);
    EXPECT_EQ(niceness(), before);
  }).join();
}

}  // namespace
}  // namespace mindird
