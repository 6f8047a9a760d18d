#include "base/compute_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "base/give_way.h"
#include "base/sanitizer.h"

namespace mindird {
namespace {

int niceness() { return getpriority(PRIO_PROCESS, 0); }

struct Found {
  int nice = -1;
  std::string name;
  bool takes_signals = true;
};

Found look() {
  Found found;
  found.nice = niceness();
  std::array<char, 16> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  found.name = name.data();
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  found.takes_signals = sigismember(&blocked, SIGTERM) == 0;
  return found;
}

TEST(ComputeThread, HasGivenWayAndNoMoreThoughABuilderStartsIt) {
  prepare_compute_threads();
  const int before = niceness();
  Found found;
  int builder = -1;
  std::thread([&] {
    pthread_setname_np(pthread_self(), "builder");
    threads_give_way("builder", kBuildersGiveWayBy);
    builder = niceness();
    start_compute_thread("instance", [&] { found = look(); }).join();
    EXPECT_EQ(niceness(), builder);
  }).join();
  EXPECT_EQ(builder, std::min(before + kBuildersGiveWayBy, 19));
  EXPECT_EQ(found.nice, std::min(before + kGivesWayBy, 19));
  EXPECT_EQ(found.name, "instance");
  EXPECT_FALSE(found.takes_signals);
  EXPECT_EQ(niceness(), before);
}

TEST(ComputeThread, ManyMayStartSomeAtOnce) {
  constexpr int kCallers = 8;
  constexpr int kEach = 50;
  std::atomic<int> ran = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&] {
      for (int k = 0; k < kEach; ++k) start_compute_thread("some", [&] { ++ran; }).join();
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(ran, kCallers * kEach);
}

TEST(ComputeThread, StartsInAForkedChild) {
  if (kThreadSanitizer) GTEST_SKIP() << "the thread sanitizer allows no threads behind a fork";
  start_compute_thread("parent", [] {}).join();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    int ran = 0;
    alarm(30);
    start_compute_thread("child", [&] { ran = 1; }).join();
    _exit(ran == 1 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace mindird
