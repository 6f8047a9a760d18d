// What something holds in the host's memory: pieces, each counted once however many hold it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

namespace mindird::engines {

class Holdings {
 public:
  enum class Kind : uint8_t {
    kConstants,  // weights and constants as the model has them
    kPacked,     // weights as an engine lays them out
    kKernels,    // what a library keeps for a kernel: generated code, descriptions
  };

  /// `key` is what the piece is known by among those of its kind; for memory its address. Packed weights are no constants, whichever comes first.
  void add(Kind kind, uint64_t key, size_t bytes) {
    if (kind == Kind::kConstants && seen_.contains({Kind::kPacked, key})) return;
    if (seen_.emplace(kind, key).second) bytes_[static_cast<size_t>(kind)] += bytes;
  }
  void add(Kind kind, const void* memory, size_t bytes) { add(kind, reinterpret_cast<uintptr_t>(memory), bytes); }
  size_t bytes(Kind kind) const { return bytes_[static_cast<size_t>(kind)]; }

 private:
  std::set<std::pair<Kind, uint64_t>> seen_;
  size_t bytes_[3] = {};
};

/// Beside Executable: tells its pieces, which others may hold too. Of an executable that does not, Executable::constant_bytes() is a piece of its own.
class Holds {
 public:
  virtual ~Holds() = default;
  virtual void hold(Holdings& holdings) const = 0;
};

}  // namespace mindird::engines
