// All of an entry of the engine cache, for tests.
#pragma once

#include <string>
#include <vector>

#include "engines/cache.h"

namespace mindird::test {

struct LookedUp {
  engines::CacheResult result = engines::CacheResult::kDisabled;
  std::string reason;              // why it is not a hit
  std::vector<std::byte> payload;  // on a hit
};

inline LookedUp look_up(const engines::EngineCache& cache, const engines::CacheKey& key) {
  engines::CacheOpened opened = cache.open(key);
  LookedUp out{opened.result, std::move(opened.reason), {}};
  if (!opened.entry) return out;
  out.payload.resize(opened.entry->size());
  Status status = opened.entry->read(out.payload);
  if (const Status whole = opened.entry->finish(); !whole.ok()) status = whole;
  return status.ok() ? out : LookedUp{engines::CacheResult::kInvalid, status.message(), {}};
}

}  // namespace mindird::test
