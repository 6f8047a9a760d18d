// Executables out of the engine cache.
#pragma once

#include <memory>
#include <string>

#include "engines/cache.h"
#include "engines/engine.h"

namespace mindird::plan {

struct Cached {
  std::shared_ptr<const engines::Executable> executable;  // null: there is none, or none of use
  uint64_t bytes = 0;                                     // of the entry
  engines::CacheResult result = engines::CacheResult::kDisabled;
  std::string reason;  // why there is none
};

/// What is stored under a key, loaded by the engine that stored it.
Cached load_cached(const ir::Graph& graph, const engines::Engine& engine, const engines::BuildOptions& options, const engines::EngineCache& cache,
                   const engines::CacheKey& key);

}  // namespace mindird::plan
