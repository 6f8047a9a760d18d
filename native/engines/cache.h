// Serialized engines on disk. The address of an entry is the hash of everything that decides its contents (graph, weights, shapes,
// engine, versions, CPU features, options); the file repeats the key and carries a checksum. Files are written beside and renamed, so that
// a reader sees a whole entry or none. One builder per key: in this process by a table of keys, between processes by a lock file.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/status.h"

namespace mindird::engines {

/// What an entry is made of and for.
struct CacheKey {
  Hash128 graph;            // structure, constants and shapes of the subgraph
  std::string engine;       // engine id
  std::string fingerprint;  // Engine::fingerprint()
  std::string options;      // every build option that changes the result

  Hash128 hash() const;
};

enum class CacheResult { kHit, kMiss, kInvalid, kDisabled };
/// "hit", "miss", "invalid", "disabled"
std::string_view cache_result_name(CacheResult result);

struct CacheLookup {
  CacheResult result = CacheResult::kDisabled;
  std::string reason;              // why it is not a hit
  std::vector<std::byte> payload;  // on a hit
};

class EngineCache {
 public:
  /// Creates the directory. An unusable one leaves the cache disabled, with the reason in disabled_reason().
  explicit EngineCache(std::filesystem::path directory);

  const std::string& disabled_reason() const { return disabled_; }
  /// A file that does not verify is deleted and reported as kInvalid.
  CacheLookup lookup(const CacheKey& key) const;
  /// Errors are for a log line only: a cache that cannot be written never stops a load.
  Status store(const CacheKey& key, std::span<const std::byte> payload) const;

  /// Held while an entry is looked up and built, so that equal engines are built once.
  class BuildLock {
   public:
    ~BuildLock();
    BuildLock(BuildLock&&) noexcept;
    BuildLock& operator=(BuildLock&&) = delete;

   private:
    friend class EngineCache;
    BuildLock(std::string name, int fd) : name_(std::move(name)), fd_(fd) {}
    std::string name_;
    int fd_ = -1;
  };
  BuildLock lock(const CacheKey& key) const;

 private:
  std::filesystem::path path_of(const CacheKey& key) const;
  std::filesystem::path directory_;
  std::string disabled_;
};

}  // namespace mindird::engines
