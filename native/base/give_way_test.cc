#include "base/give_way.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
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

}  // namespace
}  // namespace mindird
