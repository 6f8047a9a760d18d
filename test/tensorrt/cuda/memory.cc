#include "memory.h"

#include <cstdlib>

#include "settings.h"

namespace mindird::test_cuda {

Memory& Memory::instance() {
  static auto* const memory = new Memory();
  return *memory;
}

uint64_t Memory::allocate(size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (used_ + bytes > static_cast<size_t>(settings().memory)) return 0;
  void* block = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  if (!block) return 0;
  const auto address = reinterpret_cast<uint64_t>(block);
  blocks_[address] = bytes;
  used_ += bytes;
  return address;
}

bool Memory::free(uint64_t address) {
  const std::lock_guard lock(mutex_);
  const auto it = blocks_.find(address);
  if (it == blocks_.end()) return false;
  used_ -= it->second;
  blocks_.erase(it);
  std::free(reinterpret_cast<void*>(address));
  return true;
}

bool Memory::contains(uint64_t address, size_t bytes) {
  const std::lock_guard lock(mutex_);
  auto it = blocks_.upper_bound(address);
  if (it == blocks_.begin()) return false;
  --it;
  return address - it->first <= it->second && bytes <= it->second - (address - it->first);
}

size_t Memory::used() {
  const std::lock_guard lock(mutex_);
  return used_;
}

}  // namespace mindird::test_cuda
