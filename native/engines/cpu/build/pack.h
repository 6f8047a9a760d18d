// Weights in the layout a kernel wants: found in the model's shared store, else in the cache file's record, else made now.
#pragma once

#include <functional>

#include "engines/cpu/build/planner.h"

namespace mindird::engines::cpu {

struct PackKey {
  std::string content;  // what the bytes are made from: hashes of constants and the transformation's name
  std::string layout;   // text of the descriptor
  size_t bytes = 0;
};

/// `fill` writes all `bytes` of the buffer.
Result<std::shared_ptr<const Buffer>> pack(Planner& planner, const PackKey& key, const std::function<Status(std::byte*)>& fill);

}  // namespace mindird::engines::cpu
