// Process-wide compute permits: as many as CPUs may be used. An instance takes as many as its plan has threads before it computes, so that
// instances of different models never fight for the same CPUs. First come, first served.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace mindird::runtime {

class Permits {
 public:
  explicit Permits(int total) : total_(total), free_(total) {}

  /// Waits until `count`, or as many as there are in all, are free and every earlier caller has been served; returns how many it took.
  int acquire(int count);
  void release(int count);
  int total() const;
  /// Changes the total; only while nothing is held.
  void resize(int total);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int total_;
  int free_;
  uint64_t next_ticket_ = 0;
  uint64_t serving_ = 0;
};

/// Holds permits for a scope.
class PermitScope {
 public:
  PermitScope(Permits& permits, int count) : permits_(permits), count_(permits.acquire(count)) {}
  ~PermitScope() { permits_.release(count_); }
  PermitScope(const PermitScope&) = delete;
  PermitScope& operator=(const PermitScope&) = delete;

 private:
  Permits& permits_;
  int count_;
};

}  // namespace mindird::runtime
