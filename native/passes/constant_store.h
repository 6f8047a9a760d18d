// Constants made by passes, shared by content between the graphs of one model (one graph per set of input shapes).
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "tensor/tensor.h"

namespace mindird::passes {

/// Keeps no constant alive: an entry lasts as long as somebody else holds the constant. Safe to use from several
/// threads.
class ConstantStore {
 public:
  /// The constant with the same type and contents given before and still alive, else `constant`.
  ConstantPtr intern(ConstantPtr constant);

 private:
  std::mutex mutex_;
  std::unordered_map<Hash128, std::weak_ptr<const Constant>, Hash128Hasher> constants_;
};

}  // namespace mindird::passes
