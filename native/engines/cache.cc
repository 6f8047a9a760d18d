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
#include "tensor/tensor.h"

namespace mindird::engines {
namespace {

namespace fs = std::filesystem;

constexpr char kMagic[8] = {'M', 'D', 'R', 'D', 'E', 'N', 'G', '2'};
constexpr uint32_t kFormat = 2;

struct Header {
  char magic[8];
  uint32_t format;
  uint32_t text_size;  // of CacheKey::text(), which follows; then the payload
  Hash128 key;
  Hash128 checksum;  // of text and payload
  uint64_t size;     // of the payload
};
static_assert(sizeof(Header) == 56);

/// A key's text is a few short names and values.
constexpr uint32_t kMostText = 64 * 1024;
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

Hash128 checksum(std::string_view text, std::span<const std::byte> payload) { return Hasher().text(text).bytes(payload).digest(); }

Status check_header(const Header& header, const Hash128& key, uint64_t file_size) {
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return internal_error("not an engine file");
  if (header.format != kFormat) return internal_error(str("format ", header.format, ", want ", kFormat));
  if (header.text_size > kMostText || header.text_size > file_size - sizeof(Header)) return internal_error(str("key of ", header.text_size, " bytes"));
  if (!(header.key == key)) return internal_error(str("made for key ", header.key.hex(), ", want ", key.hex()));
  const uint64_t payload = file_size - sizeof(Header) - header.text_size;
  if (header.size != payload) return internal_error(str("payload of ", payload, " bytes, the header says ", header.size));
  return {};
}

Result<std::vector<std::byte>> read_entry(const fs::path& path, const Hash128& key) {
  // Opening a pipe would wait for its other end.
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return internal_error("is not a regular file");
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return internal_error("cannot be opened");
  const auto file_size = static_cast<uint64_t>(in.tellg());
  if (file_size < sizeof(Header)) return internal_error(str("truncated to ", file_size, " bytes"));
  Header header;
  in.seekg(0);
  in.read(reinterpret_cast<char*>(&header), sizeof header);
  if (!in) return internal_error("cannot be read");
  TRY(check_header(header, key, file_size));
  std::string text(header.text_size, '\0');
  std::vector<std::byte> payload(header.size);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  in.read(reinterpret_cast<char*>(payload.data()), static_cast<std::streamsize>(payload.size()));
  if (!in) return internal_error("cannot be read");
  if (!(checksum(text, payload) == header.checksum)) return internal_error("checksum does not match");
  return payload;
}

/// The key's text of an entry that looks like one; its checksum is left to whoever takes the payload.
std::optional<std::string> read_text(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  Header header;
  in.read(reinterpret_cast<char*>(&header), sizeof header);
  if (!in || std::memcmp(header.magic, kMagic, sizeof kMagic) != 0 || header.format != kFormat || header.text_size > kMostText) return std::nullopt;
  std::string text(header.text_size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in) return std::nullopt;
  return text;
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
    const auto text = read_text(it->path());
    if (!text) continue;
    KeyDifference found = difference(key, *text);
    if (found.parts > 0 && (nearest.parts == 0 || found.parts < nearest.parts)) nearest = std::move(found);
  }
  if (nearest.parts == 0) return "no entry for this graph, these weights, engine, versions and options";
  return str("an engine made with ", nearest.there, " is there; here ", nearest.here);
}

CacheLookup EngineCache::lookup(const CacheKey& key) const {
  CacheLookup out;
  if (!disabled_.empty()) {
    out.reason = disabled_;
    return out;
  }
  const fs::path path = path_of(key);
  std::error_code error;
  if (!fs::exists(path, error)) {
    out.result = CacheResult::kMiss;
    out.reason = why_missing(key);
    return out;
  }
  auto payload = read_entry(path, key.hash());
  if (payload.ok()) {
    // Where the folder may only be read, its owner decides what stays.
    fs::last_write_time(path, fs::file_time_type::clock::now(), error);
    out.result = CacheResult::kHit;
    out.payload = std::move(payload).value();
    return out;
  }
  if (!fs::exists(path, error)) {
    out.result = CacheResult::kMiss;
    out.reason = "the entry has just been removed";
    return out;
  }
  out.result = CacheResult::kInvalid;
  out.reason = str(path.string(), ": ", payload.status().message());
  fs::remove(path, error);
  return out;
}

Status EngineCache::store(const CacheKey& key, std::span<const std::byte> payload) const {
  if (!disabled_.empty()) return internal_error(disabled_);
  static std::atomic<uint64_t> counter{0};
  if (most_bytes_ > 0 && payload.size() > most_bytes_)
    return internal_error(str("an engine of ", payload.size(), " bytes is larger than the cache of ", most_bytes_, " (cache.max_size)"));
  const fs::path path = path_of(key);
  const fs::path beside = path.string() + str(".", ::getpid(), ".", counter.fetch_add(1), ".tmp");
  const std::string text = key.text().substr(0, kMostText);
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.format = kFormat;
  header.key = key.hash();
  header.text_size = static_cast<uint32_t>(text.size());
  header.checksum = checksum(text, payload);
  header.size = payload.size();
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
