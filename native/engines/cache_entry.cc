#include "engines/cache_entry.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/halves.h"
#include "base/populate.h"
#include "base/strings.h"

namespace mindird::engines {
namespace {

namespace fs = std::filesystem;

constexpr char kMagic[8] = {'M', 'D', 'R', 'D', 'E', 'N', 'G', '2'};
constexpr uint32_t kFormat = 2;
/// Numbers and texts are read so many bytes at a time.
constexpr size_t kAhead = size_t{64} << 10U;
/// Larger parts go where they are wanted in pieces that are hashed while they lie in the processor's caches.
constexpr size_t kPiece = size_t{256} << 10U;

Status check_header(const EntryHeader& header, const Hash128& key, uint64_t file_size) {
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return internal_error("not an engine file");
  if (header.format != kFormat) return internal_error(str("format ", header.format, ", want ", kFormat));
  if (header.text_size > kMostEntryText || header.text_size > file_size - sizeof header) return internal_error(str("key of ", header.text_size, " bytes"));
  if (!(header.key == key)) return internal_error(str("made for key ", header.key.hex(), ", want ", key.hex()));
  const uint64_t payload = file_size - sizeof header - header.text_size;
  if (header.size != payload) return internal_error(str("payload of ", payload, " bytes, the header says ", header.size));
  return {};
}

constexpr int kEndsEarly = -1;
constexpr auto kUnseen = [](std::span<const std::byte>) {};

/// From a place in the file, in pieces that are given to `seen` while they lie in the processor's caches. 0, an error's number, or kEndsEarly.
template <class Seen>
int read_pieces(int fd, off_t at, std::span<std::byte> into, const Seen& seen) {
  while (!into.empty()) {
    const auto piece = into.first(std::min(into.size(), kPiece));
    if (piece.size() == kPiece) populate(piece);
    for (auto rest = piece; !rest.empty();) {
      const ssize_t got = ::pread(fd, rest.data(), rest.size(), at);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return got < 0 ? errno : kEndsEarly;
      rest = rest.subspan(static_cast<size_t>(got));
      at += got;
    }
    seen(piece);
    into = into.subspan(piece.size());
  }
  return 0;
}

Status told(int failed) {
  if (failed == 0) return {};
  return internal_error(failed == kEndsEarly ? "ends early" : str("cannot be read: ", std::strerror(failed)));
}

Status read_halves(int fd, off_t at, std::span<std::byte> into, Hasher& hasher) {
  const auto early = into.first(into.size() / 2);
  const auto late = into.subspan(early.size());
  int failed_early = 0;
  int failed_late = 0;
  in_halves([&] { failed_early = read_pieces(fd, at, early, [&](std::span<const std::byte> piece) { hasher.bytes(piece); }); },
            [&] { failed_late = read_pieces(fd, at + static_cast<off_t>(early.size()), late, kUnseen); });
  TRY(told(failed_early));
  TRY(told(failed_late));
  hasher.bytes(late);
  return {};
}

}  // namespace

EntryHeader entry_header(const Hash128& key, std::string_view text, std::span<const std::byte> payload) {
  EntryHeader header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.format = kFormat;
  header.text_size = static_cast<uint32_t>(text.size());
  header.key = key;
  header.checksum = Hasher().text(text).bytes(payload).digest();
  header.size = payload.size();
  return header;
}

std::optional<std::string> read_entry_text(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  EntryHeader header;
  in.read(reinterpret_cast<char*>(&header), sizeof header);
  if (!in || std::memcmp(header.magic, kMagic, sizeof kMagic) != 0 || header.format != kFormat || header.text_size > kMostEntryText) return std::nullopt;
  std::string text(header.text_size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in) return std::nullopt;
  return text;
}

Result<std::unique_ptr<CacheEntry>> CacheEntry::open(const fs::path& path, const Hash128& key) {
  // Without O_NONBLOCK opening a pipe would wait for its other end.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return internal_error(str("cannot be opened: ", std::strerror(errno)));
  std::unique_ptr<CacheEntry> entry(new CacheEntry(path, fd));
  TRY(entry->begin(key));
  return entry;
}

CacheEntry::~CacheEntry() { ::close(fd_); }

Status CacheEntry::begin(const Hash128& key) {
  struct stat info {};
  if (::fstat(fd_, &info) != 0) return internal_error(str("cannot be read: ", std::strerror(errno)));
  if (!S_ISREG(info.st_mode)) return internal_error("is not a regular file");
  const auto file_size = static_cast<uint64_t>(info.st_size);
  if (file_size < sizeof header_) return internal_error(str("truncated to ", file_size, " bytes"));
  TRY(read_file(std::as_writable_bytes(std::span(&header_, 1))));
  TRY(check_header(header_, key, file_size));
  std::string text(header_.text_size, '\0');
  TRY(read_file(std::as_writable_bytes(std::span(text))));
  hasher_.text(text);
  left_ = header_.size;
  buffer_.resize(static_cast<size_t>(std::min<uint64_t>(kAhead, left_)));
  return {};
}

Status CacheEntry::read_file(std::span<std::byte> into) {
  TRY(told(read_pieces(fd_, at_, into, kUnseen)));
  at_ += static_cast<off_t>(into.size());
  return {};
}

Status CacheEntry::read_payload(std::span<std::byte> into) {
  if (into.size() >= kWorthHalves) {
    TRY(read_halves(fd_, at_, into, hasher_));
  } else {
    TRY(told(read_pieces(fd_, at_, into, [&](std::span<const std::byte> piece) { hasher_.bytes(piece); })));
  }
  at_ += static_cast<off_t>(into.size());
  return {};
}

Status CacheEntry::read(std::span<std::byte> into) {
  if (into.size() > left_) return internal_error(str(left_, " bytes are left, want ", into.size()));
  while (!into.empty()) {
    if (!ahead_.empty()) {
      const size_t count = std::min(ahead_.size(), into.size());
      std::memcpy(into.data(), ahead_.data(), count);
      ahead_ = ahead_.subspan(count);
      into = into.subspan(count);
      left_ -= count;
    } else if (into.size() >= buffer_.size()) {
      TRY(read_payload(into));
      left_ -= into.size();
      return {};
    } else {
      const auto piece = std::span(buffer_).first(static_cast<size_t>(std::min<uint64_t>(buffer_.size(), left_)));
      TRY(read_payload(piece));
      ahead_ = piece;
    }
  }
  return {};
}

Status CacheEntry::read_rest() {
  std::vector<std::byte> rest(static_cast<size_t>(std::min<uint64_t>(kPiece, left_)));
  while (left_ > 0) TRY(read(std::span(rest).first(static_cast<size_t>(std::min<uint64_t>(rest.size(), left_)))));
  return {};
}

Status CacheEntry::finish() {
  Status status = read_rest();
  if (status.ok() && !(hasher_.digest() == header_.checksum)) status = internal_error("checksum does not match");
  std::error_code error;
  if (!status.ok()) {
    fs::remove(path_, error);
    return std::move(status).with(path_.string());
  }
  // Where the folder may only be read, its owner decides what stays.
  fs::last_write_time(path_, fs::file_time_type::clock::now(), error);
  return {};
}

}  // namespace mindird::engines
