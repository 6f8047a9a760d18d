#include "engines/page_locked.h"

#include <utility>

namespace mindird::engines {
namespace {

std::function<PageLockedMemory(size_t)>& installed() {
  static auto* const allocator = new std::function<PageLockedMemory(size_t)>();
  return *allocator;
}

}  // namespace

void set_page_locked_allocator(std::function<PageLockedMemory(size_t bytes)> allocator) { installed() = std::move(allocator); }

PageLockedMemory allocate_page_locked(size_t bytes) { return installed() ? installed()(bytes) : nullptr; }

}  // namespace mindird::engines
