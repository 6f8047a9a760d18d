// Containers of encrypted files, as models and as weights, with a key that opens the corpus. What is opened is not imported: another target does that.
#include <string_view>

#include "fuzz/bounds.h"
#include "mindir/encryption/decrypt.h"

namespace {

using namespace mindird;

const mindir::Key& key() {
  static const mindir::Key* const key = [] {
    constexpr std::string_view kKey = "0123456789ABCDEF";
    auto bytes = mindir::SecretBytes::allocate(kKey.size());
    std::copy(kKey.begin(), kKey.end(), bytes->span().begin());
    return new mindir::Key{std::move(*bytes), "the key of the test", ""};
  }();
  return *key;
}

void check(const Status& status) {
  if (status.code() == Code::kInternal || (!status.ok() && status.message().empty())) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::TimeBound bound;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (mindir::is_container(bytes)) {
    const auto model = mindir::decrypt_model(bytes, key());
    check(model.status());
    if (model.ok() && model.value().plain.span().size() > size) __builtin_trap();
  }
  for (const mindir::CipherMode mode : {mindir::CipherMode::kGcm, mindir::CipherMode::kCbc}) check(mindir::decrypt_weights(bytes, key(), mode).status());
  return 0;
}
