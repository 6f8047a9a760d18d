// Host memory that devices copy from and to without a detour through the driver's own buffers. Whoever finds a device
// installs the allocator; the layers above ask for memory without knowing whose device it is.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace mindird::engines {

using PageLockedMemory = std::shared_ptr<std::byte>;

/// Called at most once, before the first model is loaded. The function is called from any thread.
void set_page_locked_allocator(std::function<PageLockedMemory(size_t bytes)> allocator);

/// Aligned to at least 64 bytes; null where there is no device or no such memory left: ordinary memory serves then.
PageLockedMemory allocate_page_locked(size_t bytes);

}  // namespace mindird::engines
