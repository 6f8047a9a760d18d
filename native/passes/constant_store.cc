#include "passes/constant_store.h"

namespace mindird::passes {

ConstantPtr ConstantStore::intern(ConstantPtr constant) {
  const std::scoped_lock lock(mutex_);
  std::weak_ptr<const Constant>& slot = constants_[constant->hash()];
  if (ConstantPtr known = slot.lock()) return known;
  slot = constant;
  return constant;
}

}  // namespace mindird::passes
