#include "engines/cache.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "base/halves.h"
#include "test/cache_lookup.h"
#include "test/temporary_folder.h"

namespace mindird::engines {
namespace {

namespace fs = std::filesystem;

class Cache : public ::testing::Test {
 protected:
  fs::path only_file() const { return fs::directory_iterator(folder_)->path(); }

  const test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  CacheKey key_{{1, 2}, "cpu", "v1", "threads=1"};
  std::vector<std::byte> payload_ = std::vector<std::byte>(1000, std::byte{7});
};

TEST_F(Cache, GivesBackWhatWasStored) {
  const EngineCache cache(folder_ / "deep" / "er");
  EXPECT_EQ(test::look_up(cache, key_).result, CacheResult::kMiss);
  ASSERT_TRUE(cache.store(key_, payload_).ok());
  const test::LookedUp hit = test::look_up(cache, key_);
  EXPECT_EQ(hit.result, CacheResult::kHit);
  EXPECT_EQ(hit.payload, payload_);
}

TEST_F(Cache, EveryPartOfTheKeyMatters) {
  const EngineCache cache(folder_);
  ASSERT_TRUE(cache.store(key_, payload_).ok());
  for (int part = 0; part < 4; ++part) {
    CacheKey other = key_;
    if (part == 0) other.graph.low ^= 1U;
    if (part == 1) other.engine = "gpu";
    if (part == 2) other.fingerprint = "v2";
    if (part == 3) other.options = "threads=2";
    EXPECT_EQ(test::look_up(cache, other).result, CacheResult::kMiss) << part;
  }
}

TEST_F(Cache, ADamagedFileIsReportedAndRemoved) {
  const EngineCache cache(folder_);
  for (size_t position : {size_t{0}, size_t{9}, size_t{12}, size_t{20}, size_t{40}, size_t{50}, size_t{56}, size_t{67}, size_t{1055}}) {
    ASSERT_TRUE(cache.store(key_, payload_).ok());
    {
      std::fstream file(only_file(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(static_cast<std::streamoff>(position));
      const char old = static_cast<char>(file.get());
      file.seekp(static_cast<std::streamoff>(position));
      file.put(static_cast<char>(old ^ 0x55));
    }
    const test::LookedUp lookup = test::look_up(cache, key_);
    EXPECT_EQ(lookup.result, CacheResult::kInvalid) << position;
    EXPECT_NE(lookup.reason, "");
    EXPECT_EQ(test::look_up(cache, key_).result, CacheResult::kMiss) << position;
  }
}

/// More than an entry reads at a time.
std::vector<std::byte> many_bytes() {
  std::vector<std::byte> out(1'000'003);
  std::mt19937 random(1);
  for (std::byte& b : out) b = static_cast<std::byte>(random());
  return out;
}

TEST_F(Cache, AnEntryIsReadInPartsOfAnySize) {
  const EngineCache cache(folder_);
  const std::vector<std::byte> payload = many_bytes();
  ASSERT_TRUE(cache.store(key_, payload).ok());
  CacheOpened opened = cache.open(key_);
  ASSERT_NE(opened.entry, nullptr);
  EXPECT_EQ(opened.entry->size(), payload.size());
  std::vector<std::byte> got(payload.size());
  size_t at = 0;
  for (size_t part : {1UL, 8UL, 65'530UL, 3UL, 400'000UL, 0UL, 65'536UL, 9UL}) {
    ASSERT_TRUE(opened.entry->read(std::span(got).subspan(at, part)).ok()) << part;
    at += part;
    EXPECT_EQ(opened.entry->left(), payload.size() - at);
  }
  ASSERT_TRUE(opened.entry->read(std::span(got).subspan(at)).ok());
  EXPECT_EQ(got, payload);
  EXPECT_FALSE(opened.entry->read(std::span(got).first(1)).ok());
  EXPECT_TRUE(opened.entry->finish().ok());
}

/// A part so large that two threads read it.
TEST_F(Cache, AnEntryIsReadInTwoHalves) {
  const EngineCache cache(folder_);
  std::vector<std::byte> payload;
  while (payload.size() < 2 * kWorthHalves) std::ranges::copy(many_bytes(), std::back_inserter(payload));
  for (const size_t damaged : {size_t{0}, size_t{100'000}, payload.size() - 100'000}) {
    ASSERT_TRUE(cache.store(key_, payload).ok());
    if (damaged > 0) {
      std::fstream file(only_file(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(fs::file_size(only_file()) - payload.size() + damaged));
      file.put(static_cast<char>(payload[damaged]) ^ 1);
    }
    CacheOpened opened = cache.open(key_);
    ASSERT_NE(opened.entry, nullptr);
    std::vector<std::byte> got(payload.size());
    const std::span all(got);
    // What was read ahead comes first, what lies behind the halves from its own place.
    ASSERT_TRUE(opened.entry->read(all.first(5)).ok());
    ASSERT_TRUE(opened.entry->read(all.subspan(5, kWorthHalves + 77'777)).ok());
    EXPECT_EQ(opened.entry->left(), payload.size() - kWorthHalves - 77'782);
    ASSERT_TRUE(opened.entry->read(all.subspan(kWorthHalves + 77'782)).ok());
    EXPECT_EQ(got == payload, damaged == 0);
    EXPECT_EQ(opened.entry->finish().ok(), damaged == 0);
  }
}

/// Cut short after it was opened, by whoever else writes to the folder.
TEST_F(Cache, AnEntryThatShrinksWhileItIsReadIsAnError) {
  const EngineCache cache(folder_);
  std::vector<std::byte> payload(2 * kWorthHalves);
  ASSERT_TRUE(cache.store(key_, payload).ok());
  for (const size_t cut : {size_t{100'000}, payload.size() - 100'000}) {
    CacheOpened opened = cache.open(key_);
    ASSERT_NE(opened.entry, nullptr);
    fs::resize_file(only_file(), fs::file_size(only_file()) - cut);
    EXPECT_FALSE(opened.entry->read(payload).ok()) << cut;
    ASSERT_TRUE(cache.store(key_, payload).ok());
  }
}

TEST_F(Cache, DamageIsFoundHoweverMuchOfAnEntryWasRead) {
  const EngineCache cache(folder_);
  std::vector<std::byte> payload = many_bytes();
  for (size_t read : {size_t{0}, size_t{100}, payload.size()}) {
    ASSERT_TRUE(cache.store(key_, payload).ok());
    {
      std::fstream file(only_file(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(-1, std::ios::end);
      file.put(static_cast<char>(payload.back()) ^ 1);
    }
    CacheOpened opened = cache.open(key_);
    ASSERT_NE(opened.entry, nullptr);
    ASSERT_TRUE(opened.entry->read(std::span(payload).first(read)).ok());
    const Status whole = opened.entry->finish();
    EXPECT_NE(whole.message().find("checksum does not match"), std::string::npos) << whole.message();
    EXPECT_EQ(test::look_up(cache, key_).result, CacheResult::kMiss);
    payload = many_bytes();
  }
}

TEST_F(Cache, ATruncatedFileIsReported) {
  const EngineCache cache(folder_);
  for (uintmax_t size : {0U, 10U, 56U, 500U, 1055U}) {
    ASSERT_TRUE(cache.store(key_, payload_).ok());
    fs::resize_file(only_file(), size);
    EXPECT_EQ(test::look_up(cache, key_).result, CacheResult::kInvalid) << size;
  }
}

TEST_F(Cache, APipeInTheFolderIsNotWaitedFor) {
  const EngineCache cache(folder_);
  ASSERT_TRUE(cache.store(key_, payload_).ok());
  const fs::path file = only_file();
  fs::remove(file);
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
  const test::LookedUp lookup = test::look_up(cache, key_);
  EXPECT_EQ(lookup.result, CacheResult::kInvalid);
  EXPECT_NE(lookup.reason.find("not a regular file"), std::string::npos) << lookup.reason;
  EXPECT_TRUE(cache.store(key_, payload_).ok());
  EXPECT_EQ(test::look_up(cache, key_).result, CacheResult::kHit);
}

TEST_F(Cache, AnUnusableFolderDisablesTheCache) {
  std::ofstream(folder_ / "file") << "x";
  const EngineCache cache(folder_ / "file");
  EXPECT_NE(cache.disabled_reason(), "");
  EXPECT_EQ(test::look_up(cache, key_).result, CacheResult::kDisabled);
  EXPECT_FALSE(cache.store(key_, payload_).ok());
}

TEST_F(Cache, AMissSaysWhatDiffersFromTheNearestEntry) {
  const EngineCache cache(folder_);
  CacheKey there = key_;
  there.fingerprint = "library=1.0; device=small";
  ASSERT_TRUE(cache.store(there, payload_).ok());
  there.options = "threads=4";
  ASSERT_TRUE(cache.store(there, payload_).ok());
  CacheKey here = key_;
  here.fingerprint = "library=2.0; device=small";
  EXPECT_EQ(test::look_up(cache, here).reason, "an engine made with library 1.0 is there; here library 2.0");
  here.graph.high ^= 1U;
  EXPECT_EQ(test::look_up(cache, here).reason, "no entry for this graph, these weights, engine, versions and options");
  here = key_;
  here.engine = "other";
  EXPECT_EQ(test::look_up(cache, here).reason, "no entry for this graph, these weights, engine, versions and options");
}

TEST_F(Cache, NonsenseBesideTheEntryIsPassedOver) {
  const EngineCache cache(folder_);
  ASSERT_TRUE(cache.store(key_, payload_).ok());
  const std::string name = only_file().filename().string();
  const auto beside = [&](const char* end) { return folder_ / (name.substr(0, name.find('-')) + end); };
  std::ofstream(beside("-short.cpu")) << "MDRDENG2";
  std::ofstream(beside("-long.cpu")) << std::string("MDRDENG2\2\0\0\0\xff\xff\xff\x7f", 16) << std::string(100, 'x');
  fs::create_directory(beside("-folder.cpu"));
  ASSERT_EQ(mkfifo(beside("-pipe.cpu").c_str(), 0600), 0);
  CacheKey other = key_;
  other.fingerprint = "v2";
  EXPECT_EQ(test::look_up(cache, other).reason, "an engine made with version v1 is there; here version v2");
}

/// Files of this process cannot grow beyond so many bytes, as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST_F(Cache, AFullDiskIsAnErrorThatLeavesNothingBehind) {
  const EngineCache cache(folder_);
  {
    const FullDisk full(300);
    const Status stored = cache.store(key_, payload_);
    ASSERT_FALSE(stored.ok());
    EXPECT_NE(stored.message().find("cannot be written: File too large"), std::string::npos) << stored.message();
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 0);
  ASSERT_TRUE(cache.store(key_, payload_).ok());
  EXPECT_EQ(test::look_up(cache, key_).result, CacheResult::kHit);
}

TEST_F(Cache, OneBuilderPerKey) {
  const EngineCache cache(folder_);
  int inside = 0;
  int most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto lock = cache.lock(key_);
      most = std::max(most, ++inside);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      --inside;
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(most, 1);
}

TEST_F(Cache, LeavesNoOtherFilesBehind) {
  const EngineCache cache(folder_);
  {
    const auto lock = cache.lock(key_);
    ASSERT_TRUE(cache.store(key_, payload_).ok());
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

}  // namespace
}  // namespace mindird::engines
