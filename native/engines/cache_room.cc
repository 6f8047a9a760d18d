#include "engines/cache_room.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace mindird::engines {
namespace {

namespace fs = std::filesystem;

/// Digits of a Hash128.
constexpr size_t kHashDigits = 32;

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

struct Entry {
  fs::file_time_type used;
  uint64_t bytes = 0;
  fs::path path;
};

}  // namespace

bool is_entry_name(std::string_view name) {
  constexpr size_t kDot = 2 * kHashDigits + 1;
  if (name.size() < kDot + 2 || name[kHashDigits] != '-' || name[kDot] != '.') return false;
  const std::string_view engine = name.substr(kDot + 1);
  return is_hash(name.substr(0, kHashDigits)) && is_hash(name.substr(kHashDigits + 1, kHashDigits)) && engine.find('.') == std::string_view::npos;
}

void make_room(const fs::path& directory, uint64_t most_bytes, const fs::path& keep) {
  std::vector<Entry> entries;
  uint64_t total = 0;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), last; !error && it != last; it.increment(error)) {
    if (!is_entry_name(it->path().filename().string())) continue;
    std::error_code gone;
    if (!it->is_regular_file(gone)) continue;
    const uint64_t bytes = it->file_size(gone);
    if (gone) continue;
    const fs::file_time_type used = it->last_write_time(gone);
    if (gone) continue;
    total += bytes;
    if (it->path() != keep) entries.push_back({used, bytes, it->path()});
  }
  std::ranges::sort(entries, {}, &Entry::used);
  for (const Entry& entry : entries) {
    if (total <= most_bytes) return;
    fs::remove(entry.path, error);
    if (!error) total -= entry.bytes;
  }
}

}  // namespace mindird::engines
