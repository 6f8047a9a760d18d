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
#include "tensor/tensor.h"

namespace mindird::engines {
namespace {

namespace fs = std::filesystem;

constexpr char kMagic[8] = {'M', 'D', 'R', 'D', 'E', 'N', 'G', '1'};
constexpr uint32_t kFormat = 1;

struct Header {
  char magic[8];
  uint32_t format;
  uint32_t reserved;
  Hash128 key;
  Hash128 checksum;
  uint64_t size;
};
static_assert(sizeof(Header) == 56);

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

Status check_header(const Header& header, const Hash128& key, uint64_t file_size) {
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return internal_error("not an engine file");
  if (header.format != kFormat) return internal_error(str("format ", header.format, ", want ", kFormat));
  if (!(header.key == key)) return internal_error(str("made for key ", header.key.hex(), ", want ", key.hex()));
  if (header.size != file_size - sizeof(Header)) return internal_error(str("payload of ", file_size - sizeof(Header), " bytes, the header says ", header.size));
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
  std::vector<std::byte> payload(header.size);
  in.read(reinterpret_cast<char*>(payload.data()), static_cast<std::streamsize>(payload.size()));
  if (!in) return internal_error("cannot be read");
  if (!(hash_bytes(payload) == header.checksum)) return internal_error("checksum does not match");
  return payload;
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

Hash128 CacheKey::hash() const {
  return Hasher().number(graph.high).number(graph.low).text(engine).text(fingerprint).text(options).digest();
}

std::string_view cache_result_name(CacheResult result) {
  static constexpr std::string_view kNames[] = {"hit", "miss", "invalid", "disabled"};
  return kNames[static_cast<size_t>(result)];
}

EngineCache::EngineCache(fs::path directory) : directory_(std::move(directory)) {
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error) {
    disabled_ = str(directory_.string(), ": ", error.message());
  } else if (::access(directory_.c_str(), R_OK | W_OK | X_OK) != 0) {
    disabled_ = str(directory_.string(), ": ", std::strerror(errno));
  }
}

fs::path EngineCache::path_of(const CacheKey& key) const { return directory_ / (key.hash().hex() + "." + key.engine); }

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
    out.reason = "no entry for this graph, these weights, engine, versions and options";
    return out;
  }
  auto payload = read_entry(path, key.hash());
  if (payload.ok()) {
    out.result = CacheResult::kHit;
    out.payload = std::move(payload).value();
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
  const fs::path path = path_of(key);
  const fs::path beside = path.string() + str(".", ::getpid(), ".", counter.fetch_add(1), ".tmp");
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.format = kFormat;
  header.key = key.hash();
  header.checksum = hash_bytes(payload);
  header.size = payload.size();
  std::error_code error;
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(&header), sizeof header);
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
