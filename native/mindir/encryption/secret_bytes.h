// Memory for what must not be found later: keys and decrypted files. It is wiped when it is given back, kept out of core dumps, and locked in memory
// where the system's limit lets it.
#pragma once

#include <cstddef>
#include <span>

#include "base/status.h"

namespace mindird::mindir {

class SecretBytes {
 public:
  SecretBytes() = default;
  /// Zeros; OUT_OF_MEMORY when there is no room.
  static Result<SecretBytes> allocate(size_t size);
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  ~SecretBytes();

  std::span<unsigned char> span() { return {data_, size_}; }
  std::span<const unsigned char> span() const { return {data_, size_}; }
  /// Keeps the first `size` bytes in view; those behind them are wiped with the rest.
  void shorten(size_t size) { size_ = size; }

 private:
  SecretBytes(unsigned char* data, size_t size) : data_(data), size_(size), mapped_(size) {}

  unsigned char* data_ = nullptr;
  size_t size_ = 0;
  size_t mapped_ = 0;
};

}  // namespace mindird::mindir
