#include "mindir/encryption/decrypt.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/strings.h"

namespace mindird::mindir {
namespace {

/// OpenSSL counts in int; a block may be longer.
constexpr size_t kLargestStep = size_t{1} << 30U;
constexpr size_t kAesBlock = 16;
/// Enough of a model for its first field: the version of the format.
constexpr size_t kProbeBytes = 48;

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Cipher = std::unique_ptr<EVP_CIPHER, Freed<EVP_CIPHER_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;

/// A context of OpenSSL's that no configuration file of the system touches; it stays for the next model. Null for want of memory.
OSSL_LIB_CTX* library() {
  static OSSL_LIB_CTX* const context = [] {
    // The process may end while a model is being read: nothing is taken down under it.
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
    return OSSL_LIB_CTX_new();
  }();
  return context;
}

/// AES in one mode with one key.
class Aes {
 public:
  static Result<Aes> make(const Key& key, CipherMode mode) {
    Aes out(key, mode);
    const std::string name = str("AES-", 8 * key.bytes.span().size(), mode == CipherMode::kGcm ? "-GCM" : "-CBC");
    if (library()) out.cipher_.reset(EVP_CIPHER_fetch(library(), name.c_str(), nullptr));
    out.context_.reset(EVP_CIPHER_CTX_new());
    if (!out.cipher_ || !out.context_) return internal_error(str("OpenSSL has no ", name));
    return out;
  }

  CipherMode mode() const { return mode_; }

  /// The plain bytes of a block into `to`, which has room for as many as the cipher has; how many there are. Nothing: tag or padding do not fit.
  std::optional<size_t> decrypt(const Block& block, std::span<unsigned char> to) {
    if (mode_ == CipherMode::kCbc && (block.cipher.empty() || block.cipher.size() % kAesBlock != 0)) return std::nullopt;
    if (!begin(block) || !update(block.cipher, to)) return std::nullopt;
    // GCM without a tag to compare with ends here; what follows would fail for want of it.
    if (mode_ == CipherMode::kGcm && block.tag.empty()) return written_;
    if (mode_ == CipherMode::kGcm) {
      std::array<unsigned char, kAesBlock> tag{};
      std::copy_n(block.tag.begin(), tag.size(), tag.begin());
      if (EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()), tag.data()) != 1) return std::nullopt;
    }
    std::array<unsigned char, kAesBlock> last{};
    int count = 0;
    const bool fits = EVP_DecryptFinal_ex(context_.get(), last.data(), &count) == 1;
    if (fits) std::copy_n(last.begin(), count, to.begin() + static_cast<std::ptrdiff_t>(written_));
    OPENSSL_cleanse(last.data(), last.size());
    if (!fits) return std::nullopt;
    return written_ + static_cast<size_t>(count);
  }

  /// Whether what the block begins with reads as the beginning of a model: the field of the format's version, "0.1.0" or the like.
  bool begins_a_model(const Block& block) {
    size_t length = std::min(block.cipher.size(), kProbeBytes);
    if (mode_ == CipherMode::kCbc) length -= length % kAesBlock;
    std::array<unsigned char, kProbeBytes + kAesBlock> plain{};
    if (length == 0 || !begin(block) || EVP_CIPHER_CTX_set_padding(context_.get(), 0) != 1 || !update(block.cipher.substr(0, length), plain)) return false;
    constexpr unsigned char kFirstField = 0x0a;
    const size_t text = plain[1];
    const bool found = written_ > 2 && plain[0] == kFirstField && text >= 1 && text + 2 <= written_ &&
                       std::all_of(plain.begin() + 2, plain.begin() + 2 + static_cast<std::ptrdiff_t>(text),
                                   [](unsigned char c) { return c == '.' || (c >= '0' && c <= '9'); });
    OPENSSL_cleanse(plain.data(), plain.size());
    return found;
  }

 private:
  Aes(const Key& key, CipherMode mode) : key_(&key), mode_(mode) {}

  bool begin(const Block& block) {
    written_ = 0;
    // GCM takes the first 12 bytes of the 16, the length it has unless told otherwise.
    const auto* iv = reinterpret_cast<const unsigned char*>(block.iv.data());
    return EVP_DecryptInit_ex2(context_.get(), cipher_.get(), key_->bytes.span().data(), iv, nullptr) == 1 &&
           EVP_CIPHER_CTX_set_padding(context_.get(), 1) == 1;
  }

  bool update(std::string_view cipher, std::span<unsigned char> to) {
    while (!cipher.empty()) {
      const std::string_view step = cipher.substr(0, kLargestStep);
      int count = 0;
      const auto* from = reinterpret_cast<const unsigned char*>(step.data());
      if (EVP_DecryptUpdate(context_.get(), to.data() + written_, &count, from, static_cast<int>(step.size())) != 1) return false;
      written_ += static_cast<size_t>(count);
      cipher.remove_prefix(step.size());
    }
    return true;
  }

  const Key* key_;
  CipherMode mode_;
  Cipher cipher_;
  CipherContext context_;
  size_t written_ = 0;
};

Status wrong_key(std::string_view bytes, const Key& key) {
  return {Code::kInvalidConfig, str(key.place, " is not the key of this file (", cipher_name(bytes), ")", key.hint)};
}

/// Bytes of cipher in all blocks, which are checked on the way.
Result<size_t> cipher_bytes(BlockReader reader) {
  size_t sum = 0;
  for (;;) {
    TRY_ASSIGN(const auto block, reader.next());
    if (!block) return sum;
    sum += block->cipher.size();
  }
}

Result<SecretBytes> decrypt_all(std::string_view bytes, BlockReader reader, Aes& aes) {
  TRY_ASSIGN(const size_t room, cipher_bytes(reader));
  TRY_ASSIGN(SecretBytes plain, SecretBytes::allocate(room));
  size_t at = 0;
  for (size_t number = 1;; ++number) {
    TRY_ASSIGN(const auto block, reader.next());
    if (!block) break;
    const auto count = aes.decrypt(*block, plain.span().subspan(at));
    if (!count) {
      const bool tagged = reader.layout() == Layout::kGcm;
      return invalid_model(
          str("altered: the ", tagged ? "contents of block " : "padding of block ", number, tagged ? " do not fit its tag" : " is impossible"));
    }
    at += *count;
  }
  if (at == 0) return invalid_model(str("holds nothing (", cipher_name(bytes), ")"));
  plain.shorten(at);
  return plain;
}

/// The mode in which the key opens the file; nothing when it opens it in none.
Result<std::optional<CipherMode>> fitting_mode(const BlockReader& reader, const Block& first, const Key& key) {
  for (const CipherMode mode : {CipherMode::kCbc, CipherMode::kGcm}) {
    if ((reader.layout() == Layout::kGcm && mode == CipherMode::kCbc) || (reader.layout() == Layout::kCbc && mode == CipherMode::kGcm)) continue;
    TRY_ASSIGN(Aes aes, Aes::make(key, mode));
    if (aes.begins_a_model(first)) return std::optional(mode);
  }
  return std::optional<CipherMode>();
}

}  // namespace

Result<Decrypted> decrypt_model(std::string_view bytes, const Key& key) {
  TRY_ASSIGN(const BlockReader reader, BlockReader::open(bytes));
  TRY(cipher_bytes(reader).status());
  BlockReader probe = reader;
  TRY_ASSIGN(const auto first, probe.next());
  TRY_ASSIGN(const auto mode, fitting_mode(reader, *first, key));
  if (!mode && reader.layout() != Layout::kGcm) return wrong_key(bytes, key);
  TRY_ASSIGN(Aes aes, Aes::make(key, mode.value_or(CipherMode::kGcm)));
  auto plain = decrypt_all(bytes, reader, aes);
  // What a tag fits was encrypted with this key, whatever it is.
  if (!plain.ok() && !mode) return wrong_key(bytes, key);
  TRY(plain.status());
  return Decrypted{std::move(*plain), aes.mode()};
}

Result<SecretBytes> decrypt_weights(std::string_view bytes, const Key& key, CipherMode mode) {
  if (!is_container(bytes)) return invalid_model("is not encrypted, but the model is");
  TRY_ASSIGN(const BlockReader reader, BlockReader::open(bytes));
  const CipherMode own = reader.layout() == Layout::kUntagged ? mode : reader.layout() == Layout::kGcm ? CipherMode::kGcm : CipherMode::kCbc;
  TRY_ASSIGN(Aes aes, Aes::make(key, own));
  return decrypt_all(bytes, reader, aes);
}

}  // namespace mindird::mindir
