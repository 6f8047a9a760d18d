#include "base/give_way.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
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
