#include "base/shared_mapping.h"

#include <atomic>
#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strings.h"

namespace mindird {
namespace {

/// A copy that is under way on this thread, and the pages it may find gone.
struct Copy {
  sigjmp_buf back;
  std::span<const std::byte> pages;
};

thread_local Copy* volatile running = nullptr;
struct sigaction former = {};

void pass_on(int signal, siginfo_t* info, void* context) {
  if ((former.sa_flags & SA_SIGINFO) != 0) return former.sa_sigaction(signal, info, context);
  if (former.sa_handler != SIG_DFL && former.sa_handler != SIG_IGN) return former.sa_handler(signal);
  // Held back until the handler returns, then it ends the process as if nobody had taken it over.
  ::sigaction(signal, &former, nullptr);
  ::raise(signal);
}

/// Leaves the copy whose page is gone. Everything it calls may be called in a signal handler.
void on_bus_error(int signal, siginfo_t* info, void* context) {
  Copy* const copy = running;
  if (copy) {
    const auto at = reinterpret_cast<uintptr_t>(info->si_addr);
    const auto begin = reinterpret_cast<uintptr_t>(copy->pages.data());
    if (at >= begin && at - begin < copy->pages.size()) siglongjmp(copy->back, 1);
  }
  pass_on(signal, info, context);
}

bool take_over() {
  struct sigaction action = {};
  action.sa_sigaction = on_bus_error;
  // On the stack for signals where a thread has one.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  return ::sigaction(SIGBUS, &action, &former) == 0;
}

/// False where a page was gone. A frame of its own, without anything that would have to be destroyed or that lives across the jump.
[[gnu::noinline]] bool copied(void* to, const void* from, size_t bytes, std::span<const std::byte> pages) {
  Copy copy;
  copy.pages = pages;
  if (sigsetjmp(copy.back, 1) != 0) {
    running = nullptr;
    return false;
  }
  running = &copy;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::memcpy(to, from, bytes);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  running = nullptr;
  return true;
}

}  // namespace

Result<std::unique_ptr<SharedMapping>> SharedMapping::map(int fd, uint64_t offset, size_t bytes) {
  static const bool is_ours = take_over();
  if (!is_ours) return internal_error("SIGBUS cannot be handled");
  if (bytes == 0) return invalid_argument("nothing to map");
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  const auto before = static_cast<size_t>(offset % page);
  if (bytes > SIZE_MAX - before || offset > INT64_MAX) return invalid_argument("too large to map");
  const int own = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (own < 0) return invalid_argument(str("cannot be opened: ", std::strerror(errno)));
  void* const pages = ::mmap(nullptr, before + bytes, PROT_READ | PROT_WRITE, MAP_SHARED, own, static_cast<off_t>(offset - before));
  if (pages == MAP_FAILED) {
    const int error = errno;
    ::close(own);
    return Status(error == ENOMEM ? Code::kOutOfMemory : Code::kInvalidArgument, str("cannot be mapped: ", std::strerror(error)));
  }
  const std::span<std::byte> all(static_cast<std::byte*>(pages), before + bytes);
  return std::unique_ptr<SharedMapping>(new SharedMapping(own, offset, all, all.subspan(before)));
}

SharedMapping::~SharedMapping() {
  ::munmap(pages_.data(), pages_.size());
  ::close(fd_);
}

bool SharedMapping::reaches(size_t at, size_t bytes) const {
  struct stat now = {};
  return ::fstat(fd_, &now) == 0 && static_cast<uint64_t>(now.st_size) >= offset_ + at + bytes;
}

bool SharedMapping::read(size_t at, std::span<std::byte> out) const {
  return out.empty() || (copied(out.data(), memory_.data() + at, out.size(), pages_) && reaches(at, out.size()));
}

bool SharedMapping::write(size_t at, std::span<const std::byte> bytes) const {
  return bytes.empty() || (copied(memory_.data() + at, bytes.data(), bytes.size(), pages_) && reaches(at, bytes.size()));
}

}  // namespace mindird
