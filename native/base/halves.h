// Much memory gone through by two threads, each with a half of it: getting pages from the kernel and filling them is most of what a load does, and is twice
// as fast so.
#pragma once

#include <cstddef>
#include <new>
#include <optional>
#include <system_error>
#include <thread>

namespace mindird {

/// Less is not worth a thread of its own, which takes some 50 µs.
inline constexpr size_t kWorthHalves = size_t{4} << 20U;

/// Runs `second` on a thread beside `first`, or behind it where there is but one processor or no thread to be had. Neither throws.
template <class First, class Second>
void in_halves(First&& first, Second&& second) {
  std::optional<std::thread> beside;
  try {
    if (std::thread::hardware_concurrency() > 1) beside.emplace(second);
  } catch (const std::system_error&) {
  } catch (const std::bad_alloc&) {
  }
  first();
  if (beside) {
    beside->join();
  } else {
    second();
  }
}

}  // namespace mindird
