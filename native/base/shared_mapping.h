// Memory shared with other processes, which may cut the object behind it at any time. Touching a page that is gone is a SIGBUS, which ends a process; copies
// out of it and into it are told of that instead. Nothing else may touch it: what is worked on is a copy, which cannot change meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/status.h"

namespace mindird {

class SharedMapping {
 public:
  /// Maps `bytes` from `offset` of a file for reading and writing; it has a descriptor of its own. OUT_OF_MEMORY or INVALID_ARGUMENT with the system's reason.
  /// The first mapping of a process takes over SIGBUS; signals that are none of its copies' go to who had it before.
  static Result<std::unique_ptr<SharedMapping>> map(int fd, uint64_t offset, size_t bytes);
  ~SharedMapping();
  SharedMapping(const SharedMapping&) = delete;
  SharedMapping& operator=(const SharedMapping&) = delete;

  size_t size() const { return memory_.size(); }
  /// Whether `bytes` from `at` on lie in it.
  bool holds(size_t at, size_t bytes) const { return at <= memory_.size() && bytes <= memory_.size() - at; }
  /// Copies what begins at `at`; false, with part of it copied, where the object has been cut, or there is no memory for its pages. holds() is true of it.
  /// That the rest of a last page is gone is no signal: the length of the object is asked for after each copy.
  [[nodiscard]] bool read(size_t at, std::span<std::byte> out) const;
  [[nodiscard]] bool write(size_t at, std::span<const std::byte> bytes) const;

 private:
  SharedMapping(int fd, uint64_t offset, std::span<std::byte> pages, std::span<std::byte> memory) : fd_(fd), offset_(offset), pages_(pages), memory_(memory) {}
  /// The object reaches to where `bytes` from `at` on end.
  bool reaches(size_t at, size_t bytes) const;

  int fd_;
  uint64_t offset_;
  std::span<std::byte> pages_;
  std::span<std::byte> memory_;
};

}  // namespace mindird
