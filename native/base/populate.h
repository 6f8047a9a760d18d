// Memory that is about to be written all over, had from the kernel at once rather than page by page as it is met.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace mindird {

/// The whole pages of `memory`. Where the kernel cannot do that, nothing happens: pages come as they are met.
inline void populate(std::span<std::byte> memory) {
#ifdef MADV_POPULATE_WRITE
  static const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(memory.data()) + page - 1) / page * page;
  const uintptr_t end = reinterpret_cast<uintptr_t>(memory.data() + memory.size()) / page * page;
  if (end > begin) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_WRITE);
#else
  static_cast<void>(memory);
#endif
}

}  // namespace mindird
