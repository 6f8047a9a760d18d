// The process's compute threads. A thread that computes, the leader, holds workers for a scope and runs parallel regions with them; workers nobody holds wait
// for the next leader, whichever it is. A worker without work looks out for it for a short while, giving way to whoever wants its CPU, and then sleeps: regions
// follow each other within microseconds while a network runs, and an idle team must not cost anybody anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "base/status.h"

namespace mindird {

/// While alive, the calling thread holds enough workers for regions of `threads` threads; sleeping ones are woken, so that they are there when the first region
/// begins. Scopes nest.
class TeamScope {
 public:
  explicit TeamScope(int threads);
  ~TeamScope();
  TeamScope(const TeamScope&) = delete;
  TeamScope& operator=(const TeamScope&) = delete;

  /// OUT_OF_MEMORY where the system gives no more threads.
  const Status& status() const { return status_; }

 private:
  size_t before_;
  unsigned long forks_;
  Status status_;
};

/**
 * Calls body(data) once as each of `threads` threads, the calling one being number 0, and returns when all calls have: those of threads that are late the
 * calling one makes itself behind its own. Fewer threads where the calling thread holds fewer and there are no more to be had, and one inside another
 * region: team_size() says how many. An exception of any of them is thrown here, the first one if there are several; a body whose threads meet at barriers
 * must not throw.
 */
void run_team(int threads, void (*body)(void*), void* data);

template <class F>
void run_team(int threads, F&& f) {
  run_team(threads, [](void* data) { (*static_cast<std::remove_reference_t<F>*>(data))(); }, const_cast<void*>(static_cast<const void*>(std::addressof(f))));
}

/// Of the region the calling thread is in: its number and how many there are; 0 of 1 outside.
int team_thread();
int team_size();
/// Inside a region of several threads, or one within it.
bool in_team();
/// Waits until all threads of the region are here.
void team_barrier();

/// How many threads the calling thread's regions are meant to have, for libraries that ask; 1 at first. Threads of a region have their leader's number.
int team_limit();
void set_team_limit(int threads);

/// Wakes up to `count` workers that nobody holds, those that the next leader takes: for whoever knows that one is about to begin.
void rouse_workers(int count);

/// How many workers there are in the process, how many of them sleep, and how often one was given a part of a region.
struct TeamCounts {
  size_t workers = 0;
  size_t asleep = 0;
  uint64_t parts = 0;
};
TeamCounts count_team();

}  // namespace mindird
