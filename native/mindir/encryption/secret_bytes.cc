#include "mindir/encryption/secret_bytes.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <openssl/crypto.h>
#include <sys/mman.h>

#include "base/strings.h"

namespace mindird::mindir {

Result<SecretBytes> SecretBytes::allocate(size_t size) {
  if (size == 0) return SecretBytes();
  // Pages of its own: what lies beside it on a heap would be locked and left out of dumps too, and a heap keeps copies.
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) return Status(Code::kOutOfMemory, str("cannot map ", size, " bytes: ", std::strerror(errno)));
  ::madvise(data, size, MADV_DONTDUMP);
  // On fault: touching gigabytes now would gain nothing. Beyond the limit of locked memory the bytes may be swapped, like those of any model.
  ::mlock2(data, size, MLOCK_ONFAULT);
  return SecretBytes(static_cast<unsigned char*>(data), size);
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), mapped_(std::exchange(other.mapped_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(mapped_, other.mapped_);
  return *this;
}

SecretBytes::~SecretBytes() {
  if (!data_) return;
  OPENSSL_cleanse(data_, mapped_);
  ::munmap(data_, mapped_);
}

}  // namespace mindird::mindir
