// Memory for many small buffers that live about as long as each other, such as the weights of a network: side by side in blocks of huge pages, since each of
// them alone is too small for one.
#pragma once

#include <memory>

#include "tensor/tensor.h"

namespace mindird {

class Slab {
 public:
  /// A buffer like Buffer::allocate's. A block is freed with the last buffer in it.
  Result<Buffer> allocate(size_t bytes);

 private:
  std::shared_ptr<Buffer> block_;
  size_t used_ = 0;
};

}  // namespace mindird
