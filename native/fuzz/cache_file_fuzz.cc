// Entries of the engine cache. The first byte says whether key and checksum of the header are made to fit, since no mutation would get past them (bit 0), and
// whether the entry lies where one of another machine would (bit 1).
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "base/hash.h"
#include "base/strings.h"
#include "engines/cache.h"
#include "fuzz/bounds.h"

namespace {

using namespace mindird;
namespace fs = std::filesystem;

/// Where the parts of an entry's header lie (engines/cache.cc).
constexpr size_t kTextSize = 12;
constexpr size_t kKey = 16;
constexpr size_t kChecksum = 32;
constexpr size_t kSize = 48;
constexpr size_t kHeader = 56;

const engines::CacheKey kWanted{{1, 2}, "cpu", "cpu-1;isa=avx2", "threads=1,optimize=1"};

fs::path folder() {
  const fs::path parent = fs::is_directory("/dev/shm") ? "/dev/shm" : fs::temp_directory_path();
  return parent / str("mindird_cache_fuzz_", static_cast<int64_t>(::getpid()));
}

void mend(std::vector<char>& entry) {
  if (entry.size() < kHeader) return;
  uint32_t text = 0;
  std::memcpy(&text, entry.data() + kTextSize, sizeof text);
  text = static_cast<uint32_t>(std::min<size_t>(text, entry.size() - kHeader));
  const std::string_view rest(entry.data() + kHeader, entry.size() - kHeader);
  const Hash128 key = kWanted.hash();
  const Hash128 sum = Hasher().text(rest.substr(0, text)).bytes(std::as_bytes(std::span(rest.substr(text)))).digest();
  const uint64_t size = rest.size() - text;
  std::memcpy(entry.data() + kTextSize, &text, sizeof text);
  std::memcpy(entry.data() + kKey, &key, sizeof key);
  std::memcpy(entry.data() + kChecksum, &sum, sizeof sum);
  std::memcpy(entry.data() + kSize, &size, sizeof size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::TimeBound bound;
  static const engines::EngineCache cache(folder());
  static const bool registered = std::atexit([] { fs::remove_all(folder()); }) == 0;
  if (!registered || size == 0) return 0;
  std::vector<char> entry(data + 1, data + size);
  if (data[0] % 2 == 0) mend(entry);
  // The entry itself, or one of the same graph for another machine, whose text says what differs.
  static const std::string graph = kWanted.graph.hex();
  static const std::string names[] = {str(graph, '-', kWanted.hash().hex(), ".cpu"), str(graph, "-0.cpu")};
  const fs::path path = folder() / names[data[0] / 2 % 2];
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(entry.data(), static_cast<std::streamsize>(entry.size()));
  const engines::CacheOpened found = cache.open(kWanted);
  if (found.result == engines::CacheResult::kDisabled || (found.entry == nullptr && found.reason.empty())) __builtin_trap();
  if (found.entry) {
    if (found.entry->size() > size) __builtin_trap();
    // As an engine would: some in small parts, then the rest.
    std::vector<std::byte> part(1 + data[0]);
    for (int i = 0; i < 3 && found.entry->left() >= part.size(); ++i) {
      if (!found.entry->read(part).ok()) __builtin_trap();
    }
    static_cast<void>(found.entry->finish().ok());
    if (found.entry->read(part).ok()) __builtin_trap();
  }
  fs::remove(path);
  return 0;
}
