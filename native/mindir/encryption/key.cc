#include "mindir/encryption/key.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strings.h"

namespace mindird::mindir {
namespace {

constexpr size_t kLongestKey = 32;

Status invalid_key(std::string message) { return {Code::kInvalidConfig, std::move(message)}; }

bool is_space(unsigned char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// What people put around a key without meaning to.
std::string hint_of(std::span<const unsigned char> key) {
  if (key.empty()) return {};
  if (key.back() == '\n' || key.back() == '\r') return "; it ends with a line break, which counts as part of the key";
  if (is_space(key.back()) || is_space(key.front())) return "; it begins or ends with white space, which counts as part of the key";
  return {};
}

Result<Key> checked(SecretBytes bytes, size_t length, std::string place) {
  bytes.shorten(std::min(length, bytes.span().size()));
  std::string hint = hint_of(bytes.span());
  if (length != 16 && length != 24 && length != 32) {
    return invalid_key(str(place, " has ", length, length == 1 ? " byte" : " bytes", ", want 16, 24 or 32", hint));
  }
  return Key{std::move(bytes), std::move(place), std::move(hint)};
}

Result<Key> from_file(const std::string& path) {
  std::string place = str("the key file ", path);
  // Without O_NONBLOCK a named pipe would block the load for ever.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return invalid_key(str(place, ": ", std::strerror(errno)));
  struct stat info {};
  const bool regular = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  auto bytes = SecretBytes::allocate(kLongestKey + 1);
  // A file too long is seen by the size it has, and its end is not read.
  const ssize_t got = regular && bytes.ok() ? ::read(fd, bytes->span().data(), bytes->span().size()) : -1;
  ::close(fd);
  if (!bytes.ok()) return std::move(bytes).status();
  if (!regular) return invalid_key(str(place, " is not a regular file"));
  if (got < 0) return invalid_key(str(place, ": cannot be read"));
  const auto read = static_cast<size_t>(got);
  return checked(std::move(*bytes), read > kLongestKey ? std::max(read, static_cast<size_t>(info.st_size)) : read, std::move(place));
}

Result<Key> from_variable(const std::string& name, const char* value) {
  const std::string_view text(value);
  TRY_ASSIGN(SecretBytes bytes, SecretBytes::allocate(kLongestKey + 1));
  std::copy_n(text.begin(), std::min(text.size(), bytes.span().size()), bytes.span().begin());
  return checked(std::move(bytes), text.size(), str("the key in the environment variable ", name));
}

}  // namespace

Result<Key> read_key(const KeySource& source) {
  if (!source.file.empty()) return from_file(source.file);
  if (!source.variable.empty()) {
    const char* value = std::getenv(source.variable.c_str());
    if (!value) return invalid_key(str("the environment variable ", source.variable, ", which model.key_env names, is not set"));
    return from_variable(source.variable, value);
  }
  if (const char* path = std::getenv(kKeyFileVariable); path && *path) return from_file(path);
  if (const char* value = std::getenv(kKeyVariable); value && *value) return from_variable(kKeyVariable, value);
  return unsupported(str("no key is given: model.key_file of the servable names a file with it, or ", kKeyFileVariable, " does"));
}

}  // namespace mindird::mindir
