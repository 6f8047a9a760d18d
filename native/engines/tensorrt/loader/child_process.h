// A process started for one job: three descriptors beyond the standard ones, lines read from it while it works, and how it ended.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace mindird::engines::tensorrt {

/// A descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }

  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  int release();
  void close();

 private:
  int fd_ = -1;
};

/// A file in memory that no other process sees unless it is handed over.
Result<Descriptor> memory_file(const char* name);

struct ChildJob {
  std::string executable;
  std::vector<std::string> arguments;
  /// What LD_LIBRARY_PATH begins with in the child; empty: it is as it is here.
  std::string library_folder;
  int request = -1;  // becomes kRequestFd
  int answer = -1;   // becomes kAnswerFd
  std::chrono::milliseconds timeout{0};
  std::shared_ptr<const std::atomic<bool>> cancelled;  // null: never
  std::function<void(std::string_view)> line;          // every line the process writes to kLinesFd; called on this thread
};

struct ChildEnd {
  bool timed_out = false;  // and was killed
  bool cancelled = false;  // and was killed
  int code = -1;           // exit code, -1 when a signal ended it
  int signal = 0;
  std::string last_words;  // the end of its standard error, on one line
};

/// Runs the process to its end. It is a process group of its own, with no signal blocked or ignored.
Result<ChildEnd> run_child(const ChildJob& job);

}  // namespace mindird::engines::tensorrt
