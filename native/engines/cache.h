// Serialized engines on disk. The address of an entry is the hash of everything that decides its contents (graph, weights, shapes,
// engine, versions, device, options); the file repeats the key and carries a checksum. Files are written beside and renamed, so that
// a reader sees a whole entry or none. One builder per key: in this process by a table of keys, between processes by a lock file.
//
// The name begins with the hash of the graph, so that on a miss the entries of the same graph made with other versions, on another device or with
// other options are found and what differs can be said without reading an engine. They stay: the folder may be shared by machines with
// different devices, and whoever goes back to an older version finds its engines.
//
// Of a folder that may hold so many bytes, what was used longest ago goes when something is stored. The time of an entry's last use is the time of
// its file, which a hit sets; so processes need no state in common, and one that takes what another removes sees a miss or the whole entry.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "engines/cache_entry.h"
#include "engines/cache_key.h"

namespace mindird::engines {

enum class CacheResult { kHit, kMiss, kInvalid, kDisabled };
/// "hit", "miss", "invalid", "disabled"
std::string_view cache_result_name(CacheResult result);

struct CacheOpened {
  CacheResult result = CacheResult::kDisabled;
  std::string reason;                 // why it is not a hit; on a miss, what differs from the nearest entry of the same graph
  std::unique_ptr<CacheEntry> entry;  // on a hit, which is one once finish() says so
};

class EngineCache {
 public:
  /// Creates the directory. An unusable one leaves the cache disabled, with the reason in disabled_reason(). `most_bytes` 0: as large as it gets.
  explicit EngineCache(std::filesystem::path directory, uint64_t most_bytes = 0);

  const std::string& disabled_reason() const { return disabled_; }
  /// Empty when the cache is disabled.
  std::filesystem::path directory() const { return disabled_.empty() ? directory_ : std::filesystem::path(); }
  /// A file that cannot be an entry for this key is deleted and reported as kInvalid; of any other, finish() says whether it is whole.
  CacheOpened open(const CacheKey& key) const;
  /// Errors are for a log line only: a cache that cannot be written never stops a load. What is larger than the whole cache is not stored.
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
  std::string why_missing(const CacheKey& key) const;
  std::filesystem::path directory_;
  uint64_t most_bytes_ = 0;
  std::string disabled_;
};

}  // namespace mindird::engines
