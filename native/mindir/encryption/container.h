// MindSpore's container of an encrypted file: blocks, each of at most 64 MiB of plain bytes, one after the other. Numbers are little-endian.
//
//   since 1.10, AES-GCM    magic d8   tag[16]  u32 block length  u32 16  iv[16]  u32 cipher length  cipher
//   since 1.10, AES-CBC    magic d9            u32 block length  u32 16  iv[16]  u32 cipher length  cipher
//   1.3, either mode       magic d8            u32 block length  u32 16  iv[16]  u32 cipher length  cipher
//
// The block length counts what follows it: 24 bytes and the cipher. Nothing in a file of 1.3 says its mode, and its GCM has no tag.
#pragma once

#include <optional>
#include <string_view>

#include "base/status.h"

namespace mindird::mindir {

enum class Layout { kGcm, kCbc, kUntagged };

struct Block {
  std::string_view tag;  // empty but for kGcm
  std::string_view iv;   // 16 bytes
  std::string_view cipher;
};

/// Whether the bytes begin as a container does.
bool is_container(std::string_view bytes);
/// "AES-GCM", "AES-CBC", "SM4-CBC": what the magic says.
std::string_view cipher_name(std::string_view bytes);

/// Goes through the blocks of a container.
class BlockReader {
 public:
  /// UNSUPPORTED for SM4-CBC, INVALID_MODEL for what is no container.
  static Result<BlockReader> open(std::string_view bytes);

  Layout layout() const { return layout_; }
  /// The next block, or nothing at the end. INVALID_MODEL where the file is cut off or its sizes contradict each other.
  Result<std::optional<Block>> next();

 private:
  BlockReader(std::string_view bytes, Layout layout) : bytes_(bytes), layout_(layout) {}

  std::string_view bytes_;
  Layout layout_;
  size_t offset_ = 0;
  size_t count_ = 0;
};

}  // namespace mindird::mindir
