// The file of one entry of the engine cache: a header, the text of the key, the payload. The payload is read as a source, and its checksum worked out on the
// way.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "engines/byte_source.h"

namespace mindird::engines {

struct EntryHeader {
  char magic[8];
  uint32_t format;
  uint32_t text_size;  // of CacheKey::text(), which follows; then the payload
  Hash128 key;
  Hash128 checksum;  // of text and payload
  uint64_t size;     // of the payload
};
static_assert(sizeof(EntryHeader) == 56);

/// A key's text is a few short names and values.
inline constexpr uint32_t kMostEntryText = 64 * 1024;

EntryHeader entry_header(const Hash128& key, std::string_view text, std::span<const std::byte> payload);

/// The key's text of a file that looks like an entry; its checksum is left to whoever takes the payload.
std::optional<std::string> read_entry_text(const std::filesystem::path& path);

class CacheEntry final : public ByteSource {
 public:
  /// Of the file at `path`, which must have been made for `key`; positioned at the payload.
  static Result<std::unique_ptr<CacheEntry>> open(const std::filesystem::path& path, const Hash128& key);
  ~CacheEntry() override;
  CacheEntry(const CacheEntry&) = delete;
  CacheEntry& operator=(const CacheEntry&) = delete;

  /// Bytes of the payload.
  uint64_t size() const { return header_.size; }
  uint64_t left() const override { return left_; }
  Status read(std::span<std::byte> into) override;
  /// A file that does not verify is deleted; of one that does this was a use.
  Status finish() override;

 private:
  CacheEntry(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}
  Status begin(const Hash128& key);
  Status read_file(std::span<std::byte> into);
  /// As read_file, and into the checksum.
  Status read_payload(std::span<std::byte> into);
  Status read_rest();

  const std::filesystem::path path_;
  const int fd_;
  off_t at_ = 0;
  EntryHeader header_{};
  Hasher hasher_;
  uint64_t left_ = 0;  // of the payload, those in ahead_ among them
  std::vector<std::byte> buffer_;
  std::span<const std::byte> ahead_;  // read from the file, and not handed out
};

}  // namespace mindird::engines
