// The file has the form of a plan file, with what it was measured with in front. Writers take turns by a lock on the folder, read the file once more and
// combine: what two processes measured at one time is all kept. Written beside and renamed, so readers need no lock.
#include "engines/tensorrt/timing_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

#include "base/strings.h"

namespace mindird::engines::tensorrt {
namespace {

namespace fs = std::filesystem;

/// Larger files are not read: TensorRT's are a few MB.
constexpr uintmax_t kMostBytes = uintmax_t{256} << 20U;

std::string version_of(const Library& library) { return str(library.version / 10000, '.', library.version / 100 % 100, '.', library.version % 100); }

std::string file_name(const Library& library) {
  std::string device = library.device.name;
  std::replace_if(device.begin(), device.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return str("tensorrt-", version_of(library), '-', device, "-sm", library.device.major, library.device.minor, ".timing");
}

/// Held while the file is replaced. A holder that has stopped is waited for no longer than this; then the last writer wins.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder) : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    constexpr auto kTurn = std::chrono::milliseconds(10);
    constexpr int kTurns = 500;
    for (int i = 0; fd_ >= 0 && i < kTurns && ::flock(fd_, LOCK_EX | LOCK_NB) != 0; ++i) std::this_thread::sleep_for(kTurn);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  int fd_;
};

std::span<const std::byte> bytes_of(const trt::IHostMemory& memory) { return {static_cast<const std::byte*>(memory.data()), memory.size()}; }

}  // namespace

TimingCache::TimingCache(const Library& library, const std::string& folder) : library_(library) {
  if (folder.empty()) return;
  file_ = fs::path(folder) / file_name(library);
  traits_ = {{"kind", "timing cache"},
             {"TensorRT", version_of(library)},
             {"device", library.device.name},
             {"compute capability", str(library.device.major, '.', library.device.minor)}};
}

void TimingCache::warn(const std::string& message) const {
  library_.logger.log(trt::ILogger::Severity::kWARNING, str("timing cache ", file_.string(), ": ", message).c_str());
}

std::vector<std::byte> TimingCache::read() const {
  std::error_code error;
  if (!fs::is_regular_file(file_, error)) return {};
  const uintmax_t size = fs::file_size(file_, error);
  if (error || size > kMostBytes) return {};
  std::vector<std::byte> file(size);
  std::ifstream in(file_, std::ios::binary);
  in.read(reinterpret_cast<char*>(file.data()), static_cast<std::streamsize>(size));
  if (!in) return {};
  auto cache = read_plan(traits_, file);
  if (!cache.ok()) {
    warn(str(cache.status().message(), "; kernels are measured anew"));
    return {};
  }
  return {cache->begin(), cache->end()};
}

void TimingCache::open(trt::IBuilderConfig& config) {
  if (file_.empty()) return;
  before_ = read();
  cache_ = own(config.createTimingCache(before_.data(), before_.size()));
  if (cache_ && config.setTimingCache(*cache_, false)) return;
  if (!before_.empty()) warn("TensorRT refuses it; kernels are measured anew");
  before_.clear();
  cache_ = own(config.createTimingCache(nullptr, 0));
  if (!cache_ || !config.setTimingCache(*cache_, false)) file_.clear();
}

void TimingCache::save(const trt::IBuilderConfig& config) {
  const trt::ITimingCache* const used = file_.empty() ? nullptr : config.getTimingCache();
  const Owned<trt::IHostMemory> measured = used ? own(used->serialize()) : nullptr;
  if (!measured) return;
  after_ = measured->size();
  unchanged_ = std::ranges::equal(bytes_of(*measured), before_);
  if (unchanged_) return;
  const FolderLock lock(file_.parent_path());
  const std::vector<std::byte> now = read();
  Owned<trt::IHostMemory> combined;
  if (!now.empty() && now != before_) {
    const Owned<trt::ITimingCache> other = own(config.createTimingCache(now.data(), now.size()));
    if (other && other->combine(*used, false)) combined = own(other->serialize());
  }
  if (const Status status = write(bytes_of(combined ? *combined : *measured)); !status.ok()) warn(status.message());
}

Status TimingCache::write(std::span<const std::byte> cache) const {
  const std::vector<std::byte> file = write_plan(traits_, cache);
  const fs::path beside = str(file_.string(), '.', ::getpid(), ".tmp");
  std::error_code error;
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
  out.close();
  if (!out) {
    const std::string why = std::strerror(errno);
    fs::remove(beside, error);
    return internal_error(str("cannot be written: ", why));
  }
  fs::rename(beside, file_, error);
  if (!error) return {};
  const std::string why = error.message();
  fs::remove(beside, error);
  return internal_error(str("cannot be replaced: ", why));
}

std::string TimingCache::note() const {
  if (file_.empty()) return "none";
  if (unchanged_) return str(after_, " bytes, no kernel measured anew");
  return str(before_.size(), " bytes before, ", after_, " after");
}

}  // namespace mindird::engines::tensorrt
