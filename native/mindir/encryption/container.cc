#include "mindir/encryption/container.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/strings.h"

namespace mindird::mindir {
namespace {

constexpr size_t kMagicBytes = 4;
constexpr size_t kTagBytes = 16;
constexpr size_t kIvBytes = 16;
/// Of a block, counted from its block length: the length, the iv with its length, the cipher's length.
constexpr size_t kHeadBytes = 4 + 4 + kIvBytes + 4;

struct Magic {
  std::string_view bytes;
  std::string_view cipher;
};
constexpr Magic kGcmMagic{"\xd8\x5e\x3a\x7f", "AES-GCM"};
constexpr Magic kCbcMagic{"\xd9\x5e\x3a\x7f", "AES-CBC"};
constexpr Magic kSm4Magic{"\xda\x5e\x3a\x7f", "SM4-CBC"};
constexpr std::array<Magic, 3> kMagics = {kGcmMagic, kCbcMagic, kSm4Magic};

uint32_t number_at(std::string_view bytes, size_t offset) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[offset + i])) << (8 * i);
  return value;
}

/// Whether a head whose three lengths agree begins there.
bool is_head(std::string_view bytes, size_t offset) {
  if (bytes.size() < offset + kHeadBytes) return false;
  const uint32_t iv = number_at(bytes, offset + 4);
  const uint64_t cipher = number_at(bytes, offset + 8 + kIvBytes);
  return iv == kIvBytes && number_at(bytes, offset) == cipher + kHeadBytes - 4;
}

}  // namespace

bool is_container(std::string_view bytes) { return !cipher_name(bytes).empty(); }

std::string_view cipher_name(std::string_view bytes) {
  const auto* found = std::find_if(kMagics.begin(), kMagics.end(), [&](const Magic& magic) { return bytes.starts_with(magic.bytes); });
  return found == kMagics.end() ? std::string_view() : found->cipher;
}

Result<BlockReader> BlockReader::open(std::string_view bytes) {
  if (bytes.starts_with(kSm4Magic.bytes)) return unsupported("the file is encrypted with SM4-CBC, which is not supported; export it with AES-GCM");
  if (bytes.starts_with(kCbcMagic.bytes)) return BlockReader(bytes, Layout::kCbc);
  if (!bytes.starts_with(kGcmMagic.bytes)) return invalid_model("is not encrypted");
  if (bytes.size() < kMagicBytes + kTagBytes + kHeadBytes && !is_head(bytes, kMagicBytes)) return invalid_model("truncated: block 1 ends within its head");
  return BlockReader(bytes, is_head(bytes, kMagicBytes) && !is_head(bytes, kMagicBytes + kTagBytes) ? Layout::kUntagged : Layout::kGcm);
}

Result<std::optional<Block>> BlockReader::next() {
  if (offset_ == bytes_.size()) return std::optional<Block>();
  ++count_;
  const auto place = [&] { return str("block ", count_, " at offset ", offset_); };
  const std::string_view rest = bytes_.substr(offset_);
  const size_t tag = layout_ == Layout::kGcm ? kTagBytes : 0;
  const size_t head = kMagicBytes + tag;
  if (rest.size() < head + kHeadBytes) return invalid_model(str("truncated: ", place(), " ends within its head"));
  if (!rest.starts_with(bytes_.substr(0, kMagicBytes)) || !is_head(rest, head)) {
    return invalid_model(str("altered: the head of ", place(), " contradicts itself"));
  }
  const size_t cipher = number_at(rest, head + kHeadBytes - 4);
  const size_t begin = head + kHeadBytes;
  if (rest.size() - begin < cipher) return invalid_model(str("truncated: ", place(), " has ", rest.size() - begin, " of its ", cipher, " bytes"));
  offset_ += begin + cipher;
  return std::optional(Block{rest.substr(kMagicBytes, tag), rest.substr(head + 8, kIvBytes), rest.substr(begin, cipher)});
}

}  // namespace mindird::mindir
