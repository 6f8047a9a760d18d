// What building a schedule decides and prepares once: choices between kernels (measured) and weights in packed layouts. Serialized,
// it is the engine's cache file: a load repeats the build with the recorded choices and bytes, so it neither measures nor packs.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "engines/explained.h"
#include "engines/holdings.h"
#include "tensor/slab.h"

namespace mindird::engines::cpu {

class Record {
 public:
  struct Packed {
    std::string layout;  // text of the descriptor the bytes were packed for
    std::shared_ptr<const Buffer> buffer;
  };

  /// The value chosen under `key`, or null.
  const std::string* choice(const std::string& key) const;
  const std::map<std::string, std::string>& choices() const { return choices_; }
  /// With the times of all that could be chosen, where they were measured.
  void choose(const std::string& key, std::string value, std::vector<TimedKernel> rivals = {});
  /// What the choice was made among; empty where nothing was measured.
  std::vector<TimedKernel> rivals(const std::string& key) const;
  /// What measurements and tests of kernels ask for, whatever has been measured; not serialized.
  struct Forced {
    std::string kernel;   // of every node that has to choose one; empty: none
    bool shared = false;  // all steps are shared among all threads, however small
  };
  void force(Forced forced) { forced_ = std::move(forced); }
  const Forced& forced() const { return forced_; }
  const Packed* packed(const std::string& key) const;
  void hold(Holdings& holdings) const {
    for (const auto& [key, packed] : packed_) holdings.add(Holdings::Kind::kPacked, packed.buffer->data(), packed.buffer->size());
  }
  void add_packed(const std::string& key, Packed packed) { packed_[key] = std::move(packed); }
  /// Memory for weights that are made or read now.
  Result<Buffer> allocate(size_t bytes) { return slab_.allocate(bytes); }

  std::vector<std::byte> serialize() const;
  /// Any bytes: a record or an error.
  static Result<Record> parse(std::span<const std::byte> bytes);

 private:
  std::map<std::string, std::string> choices_;
  std::map<std::string, std::vector<TimedKernel>> rivals_;
  std::map<std::string, Packed> packed_;
  Forced forced_;
  Slab slab_;
};

}  // namespace mindird::engines::cpu
