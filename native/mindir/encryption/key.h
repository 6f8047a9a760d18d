// The key of an encrypted model: from a file, or from the environment. It is read when an encrypted file is met, is never part of a message, and is
// wiped when the file has been read.
#pragma once

#include <string>

#include "base/status.h"
#include "mindir/encryption/secret_bytes.h"

namespace mindird::mindir {

/// The variables that are asked where a model says nothing: the path of a file with the key, and the key itself.
inline constexpr const char* kKeyFileVariable = "MINDIRD_MODEL_KEY_FILE";
inline constexpr const char* kKeyVariable = "MINDIRD_MODEL_KEY";

/// Where the key is. At most one of the two; with neither the variables above say it.
struct KeySource {
  std::string file;
  std::string variable;  // the environment's, holding the key
};

struct Key {
  SecretBytes bytes;  // 16, 24 or 32
  std::string place;  // "the key file /run/secrets/key", for errors
  std::string hint;   // what may be wrong with it where it does not fit, or empty
};

/// Exactly 16, 24 or 32 bytes, as they are: nothing is trimmed or decoded. UNSUPPORTED where nobody says a key; INVALID_CONFIG for one that is not
/// there, cannot be read or has another length, saying the length and whether it ends in a line break, never what it holds.
Result<Key> read_key(const KeySource& source);

}  // namespace mindird::mindir
