#include "engines/cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "base/strings.h"
#include "engines/cache_room.h"

namespace mindird::engines {
namespace {

namespace fs = std::filesystem;

/// So many entries of one graph are looked at to say what differs.
constexpr int kMostSiblings = 32;

struct KeyTable {
  std::mutex mutex;
  std::condition_variable freed;
  std::set<std::string> building;
};

KeyTable& key_table() {
  // Leaked on purpose: builder threads may outlive static destruction.
  static auto* table = new KeyTable;
  return *table;
}

/// Another process may be building the same engine. One that has stopped in the middle of it holds up nobody for ever: the engine is then built twice.
void wait_for_lock(int fd) {
  constexpr auto kTurn = std::chrono::milliseconds(20);
  constexpr auto kMost = std::chrono::seconds(60);
  const auto end = std::chrono::steady_clock::now() + kMost;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0 && (errno == EWOULDBLOCK || errno == EINTR) && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kTurn);
  }
}

}  // namespace

std::string_view cache_result_name(CacheResult result) {
  static constexpr std::string_view kNames[] = {"hit", "miss", "invalid", "disabled"};
  return kNames[static_cast<size_t>(result)];
}

EngineCache::EngineCache(fs::path directory, uint64_t most_bytes) : directory_(std::move(directory)), most_bytes_(most_bytes) {
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error) {
    disabled_ = str(directory_.string(), ": ", error.message());
  } else if (::access(directory_.c_str(), R_OK | W_OK | X_OK) != 0) {
    disabled_ = str(directory_.string(), ": ", std::strerror(errno));
  }
}

fs::path EngineCache::path_of(const CacheKey& key) const { return directory_ / str(key.graph.hex(), '-', key.hash().hex(), '.', key.engine); }

/// Compares with the entries of the same graph and engine, and tells of the one that differs least.
std::string EngineCache::why_missing(const CacheKey& key) const {
  const std::string begin = key.graph.hex() + "-";
  const std::string end = "." + key.engine;
  KeyDifference nearest;
  int seen = 0;
  std::error_code error;
  for (fs::directory_iterator it(directory_, error), last; !error && it != last && seen < kMostSiblings; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(begin) || !name.ends_with(end)) continue;
    ++seen;
    const auto text = read_entry_text(it->path());
    if (!text) continue;
    KeyDifference found = difference(key, *text);
    if (found.parts > 0 && (nearest.parts == 0 || found.parts < nearest.parts)) nearest = std::move(found);
  }
  if (nearest.parts == 0) return "no entry for this graph, these weights, engine, versions and options";
  return str("an engine made with ", nearest.there, " is there; here ", nearest.here);
}

CacheOpened EngineCache::open(const CacheKey& key) const {
  CacheOpened out;
  if (!disabled_.empty()) {
    out.reason = disabled_;
    return out;
  }
  const fs::path path = path_of(key);
  std::error_code error;
  out.result = CacheResult::kMiss;
  if (!fs::exists(path, error)) {
    out.reason = why_missing(key);
    return out;
  }
  auto entry = CacheEntry::open(path, key.hash());
  if (entry.ok()) {
    out.result = CacheResult::kHit;
    out.entry = std::move(entry).value();
  } else if (!fs::exists(path, error)) {
    out.reason = "the entry has just been removed";
  } else {
    out.result = CacheResult::kInvalid;
    out.reason = str(path.string(), ": ", entry.status().message());
    fs::remove(path, error);
  }
  return out;
}

Status EngineCache::store(const CacheKey& key, std::span<const std::byte> payload) const {
  if (!disabled_.empty()) return internal_error(disabled_);
  static std::atomic<uint64_t> counter{0};
  if (most_bytes_ > 0 && payload.size() > most_bytes_)
    return internal_error(str("an engine of ", payload.size(), " bytes is larger than the cache of ", most_bytes_, " (cache.max_size)"));
  const fs::path path = path_of(key);
  const fs::path beside = path.string() + str(".", ::getpid(), ".", counter.fetch_add(1), ".tmp");
  const std::string text = key.text().substr(0, kMostEntryText);
  const EntryHeader header = entry_header(key.hash(), text, payload);
  std::error_code error;
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(&header), sizeof header);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.write(reinterpret_cast<const char*>(payload.data()), static_cast<std::streamsize>(payload.size()));
    out.close();
    if (!out) {
      fs::remove(beside, error);
      return internal_error(str(beside.string(), ": cannot be written: ", std::strerror(errno)));
    }
  }
  fs::rename(beside, path, error);
  if (error) {
    std::error_code ignored;
    fs::remove(beside, ignored);
    return internal_error(str(path.string(), ": ", error.message()));
  }
  if (most_bytes_ > 0) make_room(directory_, most_bytes_, path);
  return {};
}

EngineCache::BuildLock EngineCache::lock(const CacheKey& key) const {
  const std::string name = path_of(key).string();
  KeyTable& table = key_table();
  {
    std::unique_lock guard(table.mutex);
    table.freed.wait(guard, [&] { return !table.building.contains(name); });
    table.building.insert(name);
  }
  int fd = -1;
  if (disabled_.empty()) {
    fd = ::open((name + ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (fd >= 0) wait_for_lock(fd);
  }
  return {name, fd};
}

EngineCache::BuildLock::BuildLock(BuildLock&& other) noexcept : name_(std::move(other.name_)), fd_(other.fd_) {
  other.name_.clear();
  other.fd_ = -1;
}

EngineCache::BuildLock::~BuildLock() {
  if (fd_ >= 0) {
    // The file goes while the lock is held; a process that waited on the old file locks nothing shared and at worst builds once more.
    ::unlink((name_ + ".lock").c_str());
    ::close(fd_);
  }
  if (name_.empty()) return;
  KeyTable& table = key_table();
  const std::lock_guard guard(table.mutex);
  table.building.erase(name_);
  table.freed.notify_all();
}

}  // namespace mindird::engines
