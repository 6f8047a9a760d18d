#include "engines/cache_room.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "engines/cache.h"
#include "test/cache_lookup.h"
#include "test/temporary_folder.h"

namespace mindird::engines {
namespace {

namespace fs = std::filesystem;

/// Bytes of an entry that are no payload.
constexpr size_t kAround = 200;

class CacheRoom : public ::testing::Test {
 protected:
  static CacheKey key(uint64_t i) { return {{i, 2}, "cpu", "v1", "threads=1"}; }
  uint64_t bytes() const {
    uint64_t sum = 0;
    for (const auto& entry : fs::directory_iterator(folder_)) sum += entry.file_size();
    return sum;
  }
  size_t files() const { return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), {})); }
  /// As if everything in the folder had been used an hour earlier than it was.
  void age() const {
    for (const auto& entry : fs::directory_iterator(folder_)) fs::last_write_time(entry, fs::last_write_time(entry) - std::chrono::hours(1));
  }

  const test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  const std::vector<std::byte> payload_ = std::vector<std::byte>(10'000, std::byte{7});
};

TEST_F(CacheRoom, WhatWasUsedLongestAgoGoes) {
  const EngineCache cache(folder_, 3 * (payload_.size() + kAround));
  for (uint64_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(cache.store(key(i), payload_).ok());
    age();
  }
  EXPECT_EQ(test::look_up(cache, key(1)).result, CacheResult::kHit);
  age();
  ASSERT_TRUE(cache.store(key(4), payload_).ok());
  EXPECT_EQ(test::look_up(cache, key(2)).result, CacheResult::kMiss);
  for (uint64_t i : {1, 3, 4}) EXPECT_EQ(test::look_up(cache, key(i)).result, CacheResult::kHit) << i;
}

TEST_F(CacheRoom, TheFolderNeverHoldsMore) {
  const uint64_t most = 50'000;
  const EngineCache cache(folder_, most);
  for (uint64_t i = 0; i < 40; ++i) {
    ASSERT_TRUE(cache.store(key(i), std::span(payload_).first(1 + (i * 977) % payload_.size())).ok());
    EXPECT_LE(bytes(), most);
    EXPECT_EQ(test::look_up(cache, key(i)).result, CacheResult::kHit);
  }
}

TEST_F(CacheRoom, WhatIsLargerThanTheCacheIsNotStoredAndNothingGoesForIt) {
  const EngineCache cache(folder_, payload_.size() + kAround);
  ASSERT_TRUE(cache.store(key(1), payload_).ok());
  const Status refused = cache.store(key(2), std::vector<std::byte>(20'000));
  EXPECT_NE(refused.message().find("cache.max_size"), std::string::npos) << refused.message();
  EXPECT_EQ(test::look_up(cache, key(1)).result, CacheResult::kHit);
}

TEST_F(CacheRoom, ASmallerLimitHoldsFromTheNextEntryOn) {
  const EngineCache large(folder_);
  for (uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(large.store(key(i), payload_).ok());
  EXPECT_EQ(files(), 5U);
  const EngineCache small(folder_, payload_.size() + kAround);
  ASSERT_TRUE(small.store(key(9), payload_).ok());
  EXPECT_EQ(files(), 1U);
}

TEST_F(CacheRoom, OnlyEntriesAreCountedAndRemoved) {
  const EngineCache cache(folder_, payload_.size() + kAround);
  ASSERT_TRUE(cache.store(key(1), payload_).ok());
  const std::string entry = fs::directory_iterator(folder_)->path().filename().string();
  const std::vector<std::string> others = {"timings.bin", entry + ".lock", entry + ".77.1.tmp", "README", entry.substr(1)};
  for (const std::string& name : others) std::ofstream(folder_ / name) << std::string(50'000, 'x');
  fs::create_directory(folder_ / (std::string(32, 'a') + "-" + std::string(32, 'b') + ".cpu"));
  age();
  ASSERT_TRUE(cache.store(key(2), payload_).ok());
  EXPECT_EQ(files(), others.size() + 2);
  EXPECT_TRUE(is_entry_name(entry));
  for (const std::string& name : others) EXPECT_FALSE(is_entry_name(name)) << name;
}

TEST_F(CacheRoom, ManyAtOnceSeeWholeEntriesOrNone) {
  constexpr uint64_t kMost = 60'000;
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      // Each as a process of its own would.
      const EngineCache cache(folder_, kMost);
      for (uint64_t i = 0; i < 60; ++i) {
        EXPECT_TRUE(cache.store(key((i * 7 + t) % 20), payload_).ok());
        const test::LookedUp found = test::look_up(cache, key((i * 3 + t) % 20));
        EXPECT_NE(found.result, CacheResult::kInvalid) << found.reason;
        EXPECT_TRUE(found.result == CacheResult::kMiss || found.payload == payload_);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(bytes(), kMost);
}

}  // namespace
}  // namespace mindird::engines
