#include "memory.h"

#include <cstdlib>

#include "settings.h"
#include "trace.h"

namespace mindird::test_cuda {
namespace {

/// Whether one block of the map holds all of [address, address + bytes).
bool in_one_block(const std::map<uint64_t, size_t>& blocks, uint64_t address, size_t bytes) {
  auto it = blocks.upper_bound(address);
  if (it == blocks.begin()) return false;
  --it;
  return address - it->first <= it->second && bytes <= it->second - (address - it->first);
}

}  // namespace

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
  return in_one_block(blocks_, address, bytes);
}

size_t Memory::used() {
  const std::lock_guard lock(mutex_);
  return used_;
}

HostMemory& HostMemory::instance() {
  static auto* const memory = new HostMemory();
  return *memory;
}

void* HostMemory::allocate(size_t bytes) {
  void* const block = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  if (!block) return nullptr;
  const std::lock_guard lock(mutex_);
  blocks_[reinterpret_cast<uint64_t>(block)] = bytes;
  counters().page_locked_bytes += static_cast<int64_t>(bytes);
  return block;
}

bool HostMemory::free(void* memory) {
  const std::lock_guard lock(mutex_);
  const auto it = blocks_.find(reinterpret_cast<uint64_t>(memory));
  if (it == blocks_.end()) return false;
  counters().page_locked_bytes -= static_cast<int64_t>(it->second);
  blocks_.erase(it);
  std::free(memory);
  return true;
}

bool HostMemory::contains(const void* memory, size_t bytes) {
  const std::lock_guard lock(mutex_);
  return in_one_block(blocks_, reinterpret_cast<uint64_t>(memory), bytes);
}

}  // namespace mindird::test_cuda
