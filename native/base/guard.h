// The catch wall: code of ours does not throw, libraries and allocations may. Used where threads and callbacks of ours begin.
#pragma once

#include <exception>
#include <new>

#include "base/status.h"

namespace mindird {

/// Runs `f` (returning a Status or Result) and turns an exception into OUT_OF_MEMORY or INTERNAL.
template <class F>
auto guarded(F&& f) -> decltype(f()) {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, "an allocation failed");
  } catch (const std::exception& error) {
    return internal_error(error.what());
  } catch (...) {
    return internal_error("unknown exception");
  }
}

}  // namespace mindird
