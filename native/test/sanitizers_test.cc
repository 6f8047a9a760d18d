// Do the sanitizers of this build find what they are there for? Options that save compile time must not cost a finding:
// each deliberate error here runs in a process of its own, which has to end with the report. Built by the presets that
// have MINDIRD_SANITIZE alone, with the options of every other source.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <thread>

namespace mindird {
namespace {

/** Hides a value from the compiler, which would otherwise warn of the error or drop it. */
template <typename T>
[[gnu::noipa]] T hidden(T value) {
  return value;
}

class Sanitizers : public testing::Test {
 protected:
  // Forking without executing is not safe with the threads of the thread sanitizer.
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

#ifdef __SANITIZE_ADDRESS__

void read_behind_the_end() {
  const auto values = std::make_unique<int[]>(hidden(4));
  hidden(hidden(values.get())[hidden(4)]);
}

void read_what_was_freed() {
  auto values = std::make_unique<int[]>(hidden(4));
  const int* const first = hidden(values.get());
  values.reset();
  hidden(*first);
}

void read_what_left_its_scope() {
  const int* outside = nullptr;
  {
    int inside = hidden(1);
    outside = hidden(&inside);
  }
  hidden(*outside);
}

void read_through_null() { hidden(*hidden(static_cast<const int*>(nullptr))); }

void overflow() { hidden(hidden(std::numeric_limits<int>::max()) + hidden(1)); }

void shift_too_far() { hidden(hidden(1) << hidden(40)); }

void read_misaligned() {
  alignas(8) const char bytes[16] = {};
  hidden(*reinterpret_cast<const int32_t*>(hidden(&bytes[0]) + 1));
}

void index_behind_an_array() {
  int values[4] = {};
  hidden(&values[0]);
  hidden(values[hidden(5)]);
}

TEST_F(Sanitizers, HeapOverflow) { EXPECT_DEATH(read_behind_the_end(), "heap-buffer-overflow"); }
TEST_F(Sanitizers, UseAfterFree) { EXPECT_DEATH(read_what_was_freed(), "heap-use-after-free"); }
TEST_F(Sanitizers, UseAfterScope) { EXPECT_DEATH(read_what_left_its_scope(), "stack-use-after-scope"); }
TEST_F(Sanitizers, NullPointer) { EXPECT_DEATH(read_through_null(), "SEGV on unknown address 0x0+ "); }
TEST_F(Sanitizers, SignedOverflow) { EXPECT_DEATH(overflow(), "signed integer overflow"); }
TEST_F(Sanitizers, Shift) { EXPECT_DEATH(shift_too_far(), "shift exponent 40"); }
TEST_F(Sanitizers, MisalignedAccess) { EXPECT_DEATH(read_misaligned(), "misaligned address"); }
TEST_F(Sanitizers, ArrayIndex) { EXPECT_DEATH(index_behind_an_array(), "index 5 out of bounds"); }
/** Reports name functions, whatever the level of debug information. */
TEST_F(Sanitizers, FunctionsAreNamed) { EXPECT_DEATH(read_what_was_freed(), "#0 .* in .*read_what_was_freed"); }

#endif

#ifdef __SANITIZE_THREAD__

void race() {
  int shared = 0;
  std::atomic<int> running = 0;
  const auto add = [&] {
    // Relaxed: both threads run at once, and nothing orders what they do.
    running.fetch_add(1, std::memory_order_relaxed);
    while (running.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
    for (int i = 0; i < 1000; ++i) *hidden(&shared) += 1;
  };
  std::thread other(add);
  add();
  other.join();
}

TEST_F(Sanitizers, DataRace) {
  // A process that does not end at the first report ends with this status.
  EXPECT_EXIT((race(), std::exit(0)), testing::ExitedWithCode(66), "data race(.|\n)*race");
}

#endif

}  // namespace
}  // namespace mindird
