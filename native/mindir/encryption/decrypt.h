// Decrypts MindSpore's containers with OpenSSL's AES. What shows where:
//
//   AES-GCM (since 1.10)   a tag over every block: any change is found
//   AES-CBC, GCM of 1.3    no tag: a change shows by the padding at the end of a block (CBC), or when the model is decoded, or not at all
#pragma once

#include <string_view>

#include "base/status.h"
#include "mindir/encryption/container.h"
#include "mindir/encryption/key.h"
#include "mindir/encryption/secret_bytes.h"

namespace mindird::mindir {

enum class CipherMode { kGcm, kCbc };

struct Decrypted {
  SecretBytes plain;
  CipherMode mode = CipherMode::kGcm;
};

/// A model file. INVALID_CONFIG where the key is not the file's, INVALID_MODEL where the file is cut off or altered, UNSUPPORTED for SM4.
Result<Decrypted> decrypt_model(std::string_view bytes, const Key& key);

/// A file of weights, which belongs to a model of that mode; in a file of 1.3 nothing else says it. MindSpore writes one container per parameter, one after the
/// other; places in the file are those of the plain bytes.
Result<SecretBytes> decrypt_weights(std::string_view bytes, const Key& key, CipherMode mode);

}  // namespace mindird::mindir
