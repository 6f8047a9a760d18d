#include <map>
#include <mutex>

#include "engines/engine.h"

namespace mindird::engines {
namespace {

class LockedStore final : public PackedStore {
 public:
  std::shared_ptr<const Buffer> find(std::string_view key) const override {
    const std::lock_guard lock(mutex_);
    const auto it = buffers_.find(key);
    return it == buffers_.end() ? nullptr : it->second;
  }

  /// The first buffer under a key stays: executables may already hold it.
  std::shared_ptr<const Buffer> insert(std::string_view key, std::shared_ptr<const Buffer> buffer) override {
    const std::lock_guard lock(mutex_);
    return buffers_.try_emplace(std::string(key), std::move(buffer)).first->second;
  }

  size_t bytes() const override {
    const std::lock_guard lock(mutex_);
    size_t total = 0;
    for (const auto& [key, buffer] : buffers_) total += buffer->size();
    return total;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Buffer>, std::less<>> buffers_;
};

}  // namespace

std::shared_ptr<PackedStore> make_packed_store() { return std::make_shared<LockedStore>(); }

}  // namespace mindird::engines
