#include "base/shared_mapping.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace mindird {
namespace {

constexpr size_t kPage = 4096;

/// An object in memory of so many bytes, byte i being i modulo 251.
class Object {
 public:
  explicit Object(size_t bytes) : fd_(::memfd_create("shared", 0)) {
    std::vector<uint8_t> values(bytes);
    for (size_t i = 0; i < bytes; ++i) values[i] = static_cast<uint8_t>(i % 251);
    EXPECT_EQ(::write(fd_, values.data(), bytes), static_cast<ssize_t>(bytes));
  }
  ~Object() { ::close(fd_); }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  int fd() const { return fd_; }
  void cut(size_t bytes) const { EXPECT_EQ(::ftruncate(fd_, static_cast<off_t>(bytes)), 0); }
  int at(size_t i) const {
    uint8_t value = 0;
    return ::pread(fd_, &value, 1, static_cast<off_t>(i)) == 1 ? value : -1;
  }

 private:
  int fd_;
};

std::unique_ptr<SharedMapping> mapped(const Object& object, uint64_t offset, size_t bytes) {
  auto mapping = SharedMapping::map(object.fd(), offset, bytes);
  EXPECT_TRUE(mapping.ok()) << mapping.status().message();
  return mapping.ok() ? std::move(*mapping) : nullptr;
}

TEST(SharedMapping, CopiesWhatLiesAnywhereInAnObject) {
  const Object object(3 * kPage);
  const auto mapping = mapped(object, kPage + 10, kPage);
  ASSERT_TRUE(mapping);
  EXPECT_TRUE(mapping->holds(kPage, 0));
  EXPECT_TRUE(mapping->holds(0, kPage));
  EXPECT_FALSE(mapping->holds(1, kPage));
  EXPECT_FALSE(mapping->holds(SIZE_MAX, 2));
  std::vector<std::byte> out(5);
  EXPECT_TRUE(mapping->read(7, out));
  for (size_t i = 0; i < out.size(); ++i) EXPECT_EQ(std::to_integer<size_t>(out[i]), (kPage + 17 + i) % 251);
  const std::vector<std::byte> in(3, std::byte{255});
  EXPECT_TRUE(mapping->write(kPage - 3, in));
  EXPECT_EQ(object.at(2 * kPage + 6), static_cast<int>((2 * kPage + 6) % 251));
  for (size_t i = 7; i < 10; ++i) EXPECT_EQ(object.at(2 * kPage + i), 255);
  EXPECT_TRUE(mapping->read(0, std::span(out).first(0)));
}

TEST(SharedMapping, AnObjectThatIsCutIsToldAndNotMadeLonger) {
  const Object object(4 * kPage);
  const auto mapping = mapped(object, 0, 4 * kPage);
  ASSERT_TRUE(mapping);
  std::vector<std::byte> bytes(4 * kPage);
  ASSERT_TRUE(mapping->read(0, bytes));
  object.cut(kPage);
  for (int round = 0; round < 3; ++round) {
    EXPECT_FALSE(mapping->read(0, bytes));
    EXPECT_FALSE(mapping->write(0, bytes));
    EXPECT_FALSE(mapping->read(3 * kPage, std::span(bytes).first(1)));
  }
  EXPECT_EQ(object.at(kPage), -1);
  EXPECT_TRUE(mapping->read(0, std::span(bytes).first(kPage)));
  object.cut(10);
  EXPECT_FALSE(mapping->read(0, std::span(bytes).first(11)));
  EXPECT_FALSE(mapping->write(9, std::span(bytes).first(2)));
  EXPECT_TRUE(mapping->read(0, std::span(bytes).first(10)));
  EXPECT_EQ(object.at(10), -1);
  object.cut(4 * kPage);
  EXPECT_TRUE(mapping->read(0, bytes));
}

TEST(SharedMapping, ThreadsFindPagesGoneEachForItself) {
  const Object object(64 * kPage);
  const auto mapping = mapped(object, 0, 64 * kPage);
  ASSERT_TRUE(mapping);
  std::atomic<int> gone = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      std::vector<std::byte> bytes(64 * kPage);
      int own = 0;
      while (own < 50) own += mapping->read(0, bytes) ? 0 : 1;
      gone += own;
    });
  }
  for (int i = 0; gone < 200; i = 1 - i) object.cut(i == 0 ? kPage : 64 * kPage);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(gone, 200);
}

TEST(SharedMapping, WhatCannotBeMappedIsRefused) {
  const Object object(kPage);
  EXPECT_FALSE(SharedMapping::map(object.fd(), 0, 0).ok());
  EXPECT_FALSE(SharedMapping::map(object.fd(), 1, SIZE_MAX).ok());
  EXPECT_FALSE(SharedMapping::map(object.fd(), UINT64_MAX - 1, 1).ok());
  const auto refused = SharedMapping::map(-1, 0, 1);
  EXPECT_EQ(refused.status().code(), Code::kInvalidArgument);
}

// A sanitizer has a handler of its own, which ends a process otherwise.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(SharedMappingDeathTest, OtherBusErrorsEndTheProcessAsBefore) {
  const Object object(2 * kPage);
  ASSERT_TRUE(mapped(object, 0, kPage));
  EXPECT_EXIT(::raise(SIGBUS), testing::KilledBySignal(SIGBUS), "");
  auto* other = static_cast<volatile char*>(::mmap(nullptr, 2 * kPage, PROT_READ, MAP_SHARED, object.fd(), 0));
  ASSERT_NE(other, MAP_FAILED);
  object.cut(kPage);
  EXPECT_EXIT({ [[maybe_unused]] const char gone = other[kPage]; }, testing::KilledBySignal(SIGBUS), "");
  ::munmap(const_cast<char*>(other), 2 * kPage);
}
#endif

}  // namespace
}  // namespace mindird
