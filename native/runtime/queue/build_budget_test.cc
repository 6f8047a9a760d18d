#include "runtime/queue/build_budget.h"

#include <gtest/gtest.h>

namespace mindird::runtime {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

TEST(BuildBudget, TheFirstMinuteIsThereAtOnce) {
  BuildBudget budget;
  const int64_t now = 5 * kSecond;
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(budget.wait_ns(now), 0) << i;
    budget.charge(now, kSecond);
  }
  EXPECT_GT(budget.wait_ns(now), 0);
}

TEST(BuildBudget, WhatItSaysToWaitIsEnoughAndNotMore) {
  BuildBudget budget;
  int64_t now = kSecond;
  budget.charge(now, 100 * kSecond);
  const int64_t wait = budget.wait_ns(now);
  EXPECT_NEAR(static_cast<double>(wait), 80e9, 10);
  EXPECT_GT(budget.wait_ns(now + wait - 10), 0);
  EXPECT_EQ(budget.wait_ns(now + wait), 0);
}

TEST(BuildBudget, InTheLongRunItIsHalfOfTheTime) {
  BuildBudget budget;
  int64_t now = kSecond;
  int64_t built = 0;
  while (now < 10'000 * kSecond) {
    if (const int64_t wait = budget.wait_ns(now); wait > 0) {
      now += wait;
      continue;
    }
    now += 3 * kSecond;
    built += 3 * kSecond;
    budget.charge(now, 3 * kSecond);
  }
  EXPECT_NEAR(static_cast<double>(built), static_cast<double>(now) / 2, 70e9);
}

TEST(BuildBudget, RestDoesNotAddUp) {
  BuildBudget budget;
  budget.charge(kSecond, kSecond);
  const int64_t later = 100'000 * kSecond;
  EXPECT_EQ(budget.wait_ns(later), 0);
  budget.charge(later, BuildBudget::kMostNs);
  EXPECT_GT(budget.wait_ns(later), 0);
}

}  // namespace
}  // namespace mindird::runtime
