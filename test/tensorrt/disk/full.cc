// A disk without room, for tests: preloaded into a process, it lets every write to a file below the folder MINDIRD_TEST_FULL_DISK fail as a full
// disk does.
#include <dlfcn.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

bool on_full_disk(int fd) {
  const char* const folder = std::getenv("MINDIRD_TEST_FULL_DISK");
  if (!folder || *folder == '\0') return false;
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  char path[4096];
  const ssize_t length = readlink(link, path, sizeof path);
  return length > 0 && std::string_view(path, static_cast<size_t>(length)).starts_with(folder);
}

template <class F>
F next(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

}  // namespace

EXPORT ssize_t write(int fd, const void* bytes, size_t size) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  if (!on_full_disk(fd)) return real(fd, bytes, size);
  errno = ENOSPC;
  return -1;
}

EXPORT ssize_t writev(int fd, const struct iovec* parts, int count) {
  static const auto real = next<ssize_t (*)(int, const struct iovec*, int)>("writev");
  if (!on_full_disk(fd)) return real(fd, parts, count);
  errno = ENOSPC;
  return -1;
}
