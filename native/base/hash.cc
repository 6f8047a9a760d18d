#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace mindird {

struct Hasher::State {
  XXH3_state_t xxh;
};

Hasher::Hasher() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh); }
Hasher::~Hasher() = default;

Hasher& Hasher::bytes(std::span<const std::byte> data) {
  XXH3_128bits_update(&state_->xxh, data.data(), data.size());
  return *this;
}

Hasher& Hasher::text(std::string_view text) {
  number(text.size());
  return bytes(std::as_bytes(std::span(text.data(), text.size())));
}

Hasher& Hasher::number(uint64_t value) { return bytes(std::as_bytes(std::span(&value, 1))); }

Hash128 Hasher::digest() const {
  const XXH128_hash_t h = XXH3_128bits_digest(&state_->xxh);
  return {h.high64, h.low64};
}

Hash128 hash_bytes(std::span<const std::byte> data) {
  const XXH128_hash_t h = XXH3_128bits(data.data(), data.size());
  return {h.high64, h.low64};
}

std::string Hash128::hex() const {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (uint64_t part : {high, low}) {
    for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[(part >> shift) & 15U];
  }
  return out;
}

}  // namespace mindird
