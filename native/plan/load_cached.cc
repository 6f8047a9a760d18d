#include "plan/load_cached.h"

#include "engines/byte_source.h"

namespace mindird::plan {
namespace {

Result<std::unique_ptr<engines::Executable>> load_entry(const ir::Graph& graph, const engines::Engine& engine, const engines::BuildOptions& options,
                                                        engines::CacheEntry& entry) {
  if (const auto* from_source = dynamic_cast<const engines::LoadsFromSource*>(&engine)) return from_source->load_from(graph.clone(), entry, options);
  TRY_ASSIGN(Buffer bytes, Buffer::allocate(entry.size()));
  TRY(entry.read(bytes.span()));
  TRY(entry.finish());
  return engine.load(graph.clone(), bytes.span(), options);
}

}  // namespace

Cached load_cached(const ir::Graph& graph, const engines::Engine& engine, const engines::BuildOptions& options, const engines::EngineCache& cache,
                   const engines::CacheKey& key) {
  engines::CacheOpened opened = cache.open(key);
  Cached out{nullptr, 0, opened.result, std::move(opened.reason)};
  if (!opened.entry) return out;
  out.bytes = opened.entry->size();
  auto loaded = load_entry(graph, engine, options, *opened.entry);
  if (loaded.ok()) {
    out.executable = std::move(loaded).value();
    return out;
  }
  // Where the file is damaged, that is the reason, whatever the engine came upon.
  const Status whole = opened.entry->finish();
  out.result = engines::CacheResult::kInvalid;
  out.reason = whole.ok() ? loaded.status().message() : whole.message();
  return out;
}

}  // namespace mindird::plan
