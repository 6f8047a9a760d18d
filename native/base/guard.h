// Boundaries that no exception crosses. Own code throws nothing; the standard library (bad_alloc) and other libraries may. Used where threads and callbacks
// of ours begin.
#pragma once

#include <chrono>
#include <exception>
#include <new>
#include <thread>

#include "base/status.h"

namespace mindird {

/// Short enough to need no memory of its own.
inline Status out_of_memory() noexcept { return {Code::kOutOfMemory, "out of memory"}; }

/// INTERNAL with the text of an exception, or OUT_OF_MEMORY where there is none left for it.
inline Status internal_or_memory(const char* what) noexcept {
  try {
    return internal_error(what);
  } catch (...) {
    return out_of_memory();
  }
}

/// Runs `f` (returning a Status or Result) and turns an exception into OUT_OF_MEMORY or INTERNAL.
template <class F>
auto guarded(F&& f) -> decltype(f()) {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::exception& error) {
    return internal_or_memory(error.what());
  } catch (...) {
    return internal_or_memory("unknown exception");
  }
}

/// Runs `f` (returning nothing) again and again until there is memory for it: for what must not be given up, such as the answer to a request, whose
/// caller would wait for ever. Any other exception ends it.
template <class F>
void insist(F&& f) {
  const auto once = [&]() -> Status {
    f();
    return {};
  };
  while (guarded(once).code() == Code::kOutOfMemory) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace mindird
