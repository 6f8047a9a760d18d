#include "base/give_way.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <thread>

namespace mindird {
namespace {

int niceness() { return getpriority(PRIO_PROCESS, 0); }

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

TEST(ThreadsGiveWay, AreTheThreadsOfThatName) {
  const int before = niceness();
  for (const char* name : {"helper", "other"}) {
    std::atomic<bool> asked = false;
    std::atomic<int> found = -1;
    std::thread thread([&] {
      pthread_setname_np(pthread_self(), name);
      asked = true;
      asked.notify_one();
      asked.wait(true);
      found = niceness();
    });
    asked.wait(false);
    threads_give_way("helper", kHelpersGiveWayBy);
    threads_give_way("helper", kHelpersGiveWayBy);
    asked = false;
    asked.notify_one();
    thread.join();
    EXPECT_EQ(found, std::string_view(name) == "helper" ? std::min(before + kHelpersGiveWayBy, 19) : before) << name;
  }
  EXPECT_EQ(niceness(), before);
}

TEST(GoFirst, ShortensTheTurnsOfTheThreadAndThoseItStartsUntilTheyGiveWay) {
  const uint64_t usual = turn();
  if (usual == 0) GTEST_SKIP() << "turns have one length before Linux 6.12";
  std::thread([usual] {
    const int before = niceness();
    go_first();
    EXPECT_EQ(turn(), kShortTurn);
    EXPECT_EQ(niceness(), before);
    std::thread([usual] {
      EXPECT_EQ(turn(), kShortTurn);
      give_way();
      EXPECT_EQ(turn(), usual);
    }).join();
  }).join();
  EXPECT_EQ(turn(), usual);
}

TEST(GoFirst, LeavesAnotherPolicyAsItIs) {
  std::thread([] {
    const sched_param none{};
    ASSERT_EQ(sched_setscheduler(0, SCHED_BATCH, &none), 0);
    go_first();
    give_way();
    EXPECT_EQ(sched_getscheduler(0), SCHED_BATCH);
    EXPECT_NE(turn(), kShortTurn);
  }).join();
}

}  // namespace
}  // namespace mindird
