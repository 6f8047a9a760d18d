// What a cache entry is made of and for, and in what two such keys differ.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace mindird::engines {

/// `fingerprint` and `options` are lists of name=value, the first separated by semicolons, the second by commas; a part without "=" has no name.
struct CacheKey {
  Hash128 graph;            // structure, constants and shapes of the subgraph
  std::string engine;       // engine id
  std::string fingerprint;  // Engine::fingerprint()
  std::string options;      // every build option that changes the result

  Hash128 hash() const;
  /// Fingerprint and options as an entry repeats them.
  std::string text() const;
};

struct KeyDifference {
  size_t parts = 0;   // how many differ
  std::string there;  // "TensorRT 11.1.0, device NVIDIA H100"
  std::string here;   // "TensorRT 11.2.1, device NVIDIA H200"
};
/// What differs between `here` and an entry of the same graph and engine whose text() was `there`; any text is fine.
KeyDifference difference(const CacheKey& here, std::string_view there);

}  // namespace mindird::engines
