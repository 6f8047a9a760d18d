#include "base/team.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "base/sanitizer.h"

namespace mindird {
namespace {

/// How often each thread of a region came.
struct Visits {
  explicit Visits(int threads) : by(static_cast<size_t>(threads)) {}
  std::vector<std::atomic<int>> by;

  void visit() { by[static_cast<size_t>(team_thread())].fetch_add(1, std::memory_order_relaxed); }
  bool all(int times) const {
    for (const auto& one : by) {
      if (one != times) return false;
    }
    return true;
  }
};

TEST(Team, EveryThreadOfARegionComesOnce) {
  for (int threads : {1, 2, 3, 7, 2, 1, 4}) {
    Visits visits(threads);
    run_team(threads, [&] {
      EXPECT_EQ(team_size(), threads);
      EXPECT_EQ(in_team(), threads > 1);
      visits.visit();
    });
    EXPECT_TRUE(visits.all(1)) << threads;
    EXPECT_EQ(team_thread(), 0);
    EXPECT_EQ(team_size(), 1);
    EXPECT_FALSE(in_team());
  }
}

TEST(Team, WhatThreadsWroteIsThereBehindTheRegion) {
  const TeamScope scope(4);
  std::vector<int64_t> now(4, 0);
  std::vector<int64_t> next(4, 0);
  for (int round = 0; round < 300; ++round) {
    run_team(4, [&] {
      const auto own = static_cast<size_t>(team_thread());
      next[own] = now[(own + 1) % 4] + 1;
    });
    std::swap(now, next);
  }
  EXPECT_EQ(now, std::vector<int64_t>(4, 300));
}

TEST(Team, ARegionInsideAnotherHasOneThread) {
  std::atomic<int> inner{0};
  run_team(3, [&] {
    const int outside = team_thread();
    run_team(5, [&] {
      EXPECT_EQ(team_size(), 1);
      EXPECT_EQ(team_thread(), 0);
      EXPECT_TRUE(in_team());
      ++inner;
    });
    EXPECT_EQ(team_thread(), outside);
    EXPECT_EQ(team_size(), 3);
  });
  EXPECT_EQ(inner, 3);
}

TEST(Team, ThreadsMeetAtBarriers) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 100;
  std::vector<int> steps(kThreads, 0);
  std::atomic<int> wrong{0};
  run_team(kThreads, [&] {
    for (int round = 1; round <= kRounds; ++round) {
      steps[static_cast<size_t>(team_thread())] = round;
      team_barrier();
      for (const int step : steps) wrong += step == round ? 0 : 1;
      team_barrier();
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST(Team, WhoIsLateIsNotAwaited) {
  const TeamScope scope(3);
  int late = 0;
  int in_time = 0;
  // Workers that sleep come late to a region this short, and those that look out in time to one that waits for them.
  for (int round = 0; round < 2000 && (late == 0 || in_time == 0); ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::vector<std::thread::id> by(3);
    run_team(3, [&] {
      EXPECT_EQ(team_size(), 3);
      EXPECT_TRUE(in_team());
      by[static_cast<size_t>(team_thread())] = std::this_thread::get_id();
    });
    EXPECT_EQ(by[0], std::this_thread::get_id());
    EXPECT_EQ(team_thread(), 0);
    late += by[1] == by[0] ? 1 : 0;
    std::atomic<bool> came{false};
    run_team(2, [&] {
      by[static_cast<size_t>(team_thread())] = std::this_thread::get_id();
      if (team_thread() == 1) came = true;
      const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
      while (!came && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    });
    EXPECT_TRUE(came);
    in_time += by[1] == by[0] ? 0 : 1;
  }
  EXPECT_GT(late, 0);
  EXPECT_GT(in_time, 0);
}

TEST(Team, WhoIsLateIsAwaitedAtABarrier) {
  const TeamScope scope(3);
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::vector<std::thread::id> by(3);
    run_team(3, [&] {
      team_barrier();
      by[static_cast<size_t>(team_thread())] = std::this_thread::get_id();
    });
    EXPECT_NE(by[0], by[1]);
    EXPECT_NE(by[0], by[2]);
    EXPECT_NE(by[1], by[2]);
  }
}

TEST(Team, AnExceptionOfALatePartIsThrown) {
  const TeamScope scope(2);
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_THROW(run_team(2,
                          [&] {
                            if (team_thread() == 1) throw std::runtime_error("late");
                          }),
                 std::runtime_error);
    EXPECT_FALSE(in_team());
  }
}

TEST(Team, AWorkerServesOneLeaderAfterTheOther) {
  run_team(3, [] {});
  const size_t before = count_team().workers;
  for (int leader = 0; leader < 10; ++leader) {
    std::thread([&] {
      for (int threads : {3, 2, 1, 3}) {
        const TeamScope scope(threads);
        Visits visits(threads);
        run_team(threads, [&] { visits.visit(); });
        EXPECT_TRUE(visits.all(1));
      }
    }).join();
  }
  EXPECT_EQ(count_team().workers, before);
}

TEST(Team, LeadersAtOnceHaveWorkersOfTheirOwn) {
  constexpr int kLeaders = 4;
  std::vector<std::thread> leaders;
  std::atomic<int> good{0};
  for (int leader = 0; leader < kLeaders; ++leader) {
    leaders.emplace_back([&, leader] {
      const int threads = 2 + leader % 3;
      const TeamScope scope(threads);
      for (int round = 0; round < 50; ++round) {
        Visits visits(threads);
        run_team(threads, [&] {
          visits.visit();
          team_barrier();
        });
        good += visits.all(1) ? 1 : 0;
      }
    });
  }
  for (std::thread& leader : leaders) leader.join();
  EXPECT_EQ(good, kLeaders * 50);
}

TEST(Team, AScopeWithinAnotherGivesBackWhatItTookMore) {
  const TeamScope outer(2);
  {
    const TeamScope inner(6);
    Visits visits(6);
    run_team(6, [&] { visits.visit(); });
    EXPECT_TRUE(visits.all(1));
  }
  const size_t workers = count_team().workers;
  std::thread([] {
    const TeamScope other(5);
    run_team(5, [] {});
  }).join();
  EXPECT_EQ(count_team().workers, workers);
  Visits visits(2);
  run_team(2, [&] { visits.visit(); });
  EXPECT_TRUE(visits.all(1));
}

TEST(Team, AnExceptionOfAnyThreadReachesTheLeader) {
  for (int thrower : {0, 1, 2}) {
    std::atomic<int> came{0};
    const auto body = [&] {
      ++came;
      if (team_thread() == thrower) throw std::runtime_error("thrown");
    };
    EXPECT_THROW(run_team(3, body), std::runtime_error);
    EXPECT_EQ(came, 3);
  }
  Visits visits(3);
  run_team(3, [&] { visits.visit(); });
  EXPECT_TRUE(visits.all(1));
}

TEST(Team, ThreadsOfARegionHaveTheirLeadersLimit) {
  set_team_limit(5);
  std::atomic<int> wrong{0};
  run_team(3, [&] { wrong += team_limit() == 5 ? 0 : 1; });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(team_limit(), 5);
  set_team_limit(1);
}

TEST(Team, WithoutWorkWorkersSleepAndWakeUpForIt) {
  const TeamScope scope(4);
  for (int round = 0; round < 3; ++round) {
    for (;;) {
      const TeamCounts counts = count_team();
      if (counts.asleep == counts.workers) break;
      std::this_thread::yield();
    }
    Visits visits(4);
    run_team(4, [&] { visits.visit(); });
    EXPECT_TRUE(visits.all(1));
  }
}

TEST(Team, SleepingWorkersAreRousedAndSleepAgain) {
  { const TeamScope scope(3); }
  const auto all_sleep = [] {
    const TeamCounts counts = count_team();
    return counts.asleep == counts.workers;
  };
  const auto wait_until_all_sleep = [&] {
    while (!all_sleep()) std::this_thread::yield();
  };
  // A roused worker is awake for a moment alone, in which this thread may not run.
  bool seen = false;
  for (int round = 0; round < 1000 && !seen; ++round) {
    wait_until_all_sleep();
    rouse_workers(1);
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
    while (!seen && std::chrono::steady_clock::now() < end) seen = !all_sleep();
  }
  EXPECT_TRUE(seen);
  wait_until_all_sleep();
  const uint64_t parts = count_team().parts;
  for (const int count : {-1, 0, 1000}) rouse_workers(count);
  EXPECT_EQ(count_team().parts, parts);
}

TEST(Team, AChildOfForkHasATeamOfItsOwn) {
  if (kThreadSanitizer) GTEST_SKIP() << "the thread sanitizer allows no threads behind a fork";
  const TeamScope scope(3);
  run_team(3, [] {});
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Visits visits(3);
    run_team(3, [&] { visits.visit(); });
    _exit(visits.all(1) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  Visits visits(3);
  run_team(3, [&] { visits.visit(); });
  EXPECT_TRUE(visits.all(1));
}

TEST(Team, WithoutThreadsToBeHadARegionHasFewerAndTheScopeSaysSo) {
  if (kThreadSanitizer || kAddressSanitizer) GTEST_SKIP() << "sanitizers need address space of their own";
  constexpr int kUnlimited = 2;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Nothing can be mapped any more, so there are no stacks but those of the parent's workers.
    const rlimit nothing{1, 1};
    setrlimit(RLIMIT_AS, &nothing);
    if (mmap(nullptr, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) _exit(kUnlimited);
    const TeamScope scope(40);
    int size = 0;
    run_team(40, [&] {
      if (team_thread() == 0) size = team_size();
    });
    _exit(scope.status().code() == Code::kOutOfMemory && size >= 1 && size < 40 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kUnlimited) GTEST_SKIP() << "address space cannot be limited here, as under an emulator";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace mindird
