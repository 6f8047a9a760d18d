#include "tensor/slab.h"

#include <algorithm>

namespace mindird {
namespace {

/// What a small network needs in all: it takes no huge page.
constexpr size_t kFirstBlock = size_t{256} << 10U;
constexpr size_t kBlock = size_t{8} << 20U;
/// Larger buffers have huge pages of their own.
constexpr size_t kMostShared = size_t{2} << 20U;
constexpr size_t kLine = 64;

}  // namespace

Result<Buffer> Slab::allocate(size_t bytes) {
  if (bytes >= kMostShared) return Buffer::allocate(bytes);
  if (!block_ || block_->size() - used_ < bytes) {
    const size_t size = !block_ && bytes <= kFirstBlock ? kFirstBlock : kBlock;
    TRY_ASSIGN(Buffer block, Buffer::allocate(size));
    block_ = std::make_shared<Buffer>(std::move(block));
    used_ = 0;
  }
  Buffer out = Buffer::part(block_, used_, bytes);
  used_ = std::min(block_->size(), used_ + (bytes + kLine - 1) / kLine * kLine);
  return out;
}

}  // namespace mindird
