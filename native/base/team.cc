// Each worker has a place of its own where a leader posts a region and where the worker says that it has finished it, so that neither touches the other's
// memory afterwards: a region lies on its leader's stack. What a worker has not taken by the time the leader is done with its own part, the leader takes back
// and does itself: waking a thread takes longer than many a region. A worker that meets a barrier has been waited for there, so that no part of a region with
// barriers is ever taken back.
//
// Whoever waits looks first, then announces that it sleeps, looks once more, and sleeps on a futex; whoever changes what is waited for looks for that
// announcement afterwards. Both orders are sequentially consistent, so one of the two sees the other.
#include "base/team.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/compute_thread.h"
#include "base/instructions.h"

namespace mindird {
namespace {

/// How long a thread looks out before it sleeps, and how many looks it takes before it begins to offer its CPU to others between them.
constexpr int64_t kLookOutNanoseconds = 200'000;
constexpr int kEagerLooks = 256;

using Word = std::atomic<uint32_t>;

long futex(Word& word, int operation, uint32_t value) {
  static_assert(sizeof(Word) == sizeof(uint32_t));
  return syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

void wake(Word& word) { futex(word, FUTEX_WAKE, INT32_MAX); }

template <class F>
bool look_out(F&& seen) {
  for (int look = 0; look < kEagerLooks; ++look) {
    if (seen()) return true;
    relax();
  }
  const int64_t end = now_ns() + kLookOutNanoseconds;
  do {
    if (seen()) return true;
    sched_yield();
  } while (now_ns() < end);
  return seen();
}

/// Waits until `word` has another value than `old`, or is woken for no reason; `asleep` announces that it sleeps.
void sleep_while(Word& word, uint32_t old, Word& asleep) {
  asleep.fetch_add(1, std::memory_order_seq_cst);
  if (word.load(std::memory_order_seq_cst) == old) futex(word, FUTEX_WAIT, old);
  asleep.fetch_sub(1, std::memory_order_relaxed);
}

void wait_while(Word& word, uint32_t old, Word& asleep) {
  while (!look_out([&] { return word.load(std::memory_order_acquire) != old; })) sleep_while(word, old, asleep);
}

/// Changes `word` and wakes those who sleep on it.
void advance(Word& word, uint32_t value, const Word& asleep) {
  word.store(value, std::memory_order_seq_cst);
  if (asleep.load(std::memory_order_seq_cst) != 0) wake(word);
}

struct Region {
  void (*body)(void*);
  void* data;
  int size;
  int limit;
  std::atomic<bool> failed{false};
  std::exception_ptr error{};
  // The barrier: how many are there, and how often all were.
  std::atomic<int> arrived{0};
  Word rounds{0};
  Word asleep{0};
};

/// Where the calling thread is.
struct Place {
  Region* region = nullptr;
  int number = 0;
  int size = 1;
  int limit = 1;
};

thread_local Place place;

void run_body(Region& region) {
  try {
    region.body(region.data);
  } catch (...) {
    if (!region.failed.exchange(true)) region.error = std::current_exception();
  }
}

constexpr size_t kLine = 64;

/// Never freed: its leader may still look at it when the process ends.
struct Worker {
  alignas(kLine) Word posted{0};
  Word asleep{0};
  /// Whoever makes it null has the part: the worker to do it, or the leader who posted it.
  std::atomic<Region*> region{nullptr};
  int number = 0;
  alignas(kLine) Word finished{0};
  Word leader_asleep{0};
  // The leader's own.
  alignas(kLine) uint32_t before = 0;  // what `finished` is until the posted part is done
  bool taken_back = false;

  [[noreturn]] void run() {
    // What a worker computes are products and sums of networks, whose denormals are noise that costs time.
    set_float_control(float_control() | kFlushToZero);
    for (uint32_t seen = 0;;) {
      wait_while(posted, seen, asleep);
      seen = posted.load(std::memory_order_acquire);
      Region* const taken = region.exchange(nullptr, std::memory_order_acq_rel);
      if (!taken) continue;
      place = {taken, number, taken->size, taken->limit};
      run_body(*taken);
      place = {};
      advance(finished, finished.load(std::memory_order_relaxed) + 1, leader_asleep);
    }
  }

  void post(Region& work, int as) {
    before = finished.load(std::memory_order_relaxed);
    number = as;
    region.store(&work, std::memory_order_release);
    advance(posted, posted.load(std::memory_order_relaxed) + 1, asleep);
  }

  /// True when the worker had not begun: it never will.
  bool take_back() {
    taken_back = region.load(std::memory_order_relaxed) && region.exchange(nullptr, std::memory_order_acq_rel) != nullptr;
    return taken_back;
  }

  /// Behind take_back(): until what it left to the worker is done.
  void wait_finished() {
    if (!taken_back) wait_while(finished, before, leader_asleep);
  }

  /// Lets a sleeping one look out again.
  void rouse() {
    if (asleep.load(std::memory_order_relaxed) != 0) wake(posted);
  }
};

/// All workers of the process. Leaked, as they run until it ends.
class Workers {
 public:
  static Workers& process() {
    static auto* const all = new Workers;
    return *all;
  }

  Workers() {
    // Before this one is, so that whoever forks takes the locks of both in the order in which take() does.
    prepare_compute_threads();
    // Threads do not survive a fork: the child begins without workers.
    pthread_atfork([] { process().mutex_.lock(); }, [] { process().mutex_.unlock(); },
                   [] {
                     process().idle_.clear();
                     process().all_.clear();
                     process().forks_.fetch_add(1);
                     process().mutex_.unlock();
                   });
  }

  /// The worker that was given back last, which is the likeliest to be awake, or a new one.
  Worker* take() {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Worker* const worker = idle_.back();
      idle_.pop_back();
      return worker;
    }
    all_.reserve(all_.size() + 1);
    idle_.reserve(all_.capacity());
    all_.push_back(start());
    return all_.back();
  }

  void give_back(Worker* worker) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(worker);
  }

  void rouse(size_t count) {
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < std::min(count, idle_.size()); ++i) idle_[idle_.size() - 1 - i]->rouse();
  }

  TeamCounts count() {
    const std::lock_guard lock(mutex_);
    TeamCounts counts{all_.size()};
    for (const Worker* worker : all_) {
      counts.asleep += worker->asleep.load() != 0 ? 1 : 0;
      counts.parts += worker->posted.load();
    }
    return counts;
  }

  unsigned long forks() const { return forks_.load(std::memory_order_relaxed); }

 private:
  static Worker* start() {
    auto worker = std::make_unique<Worker>();
    start_compute_thread("compute", [raw = worker.get()] { raw->run(); }).detach();
    return worker.release();
  }

  std::mutex mutex_;
  std::vector<Worker*> idle_;
  std::vector<Worker*> all_;
  std::atomic<unsigned long> forks_{0};
};

/// The workers a leader holds.
struct Hold {
  std::vector<Worker*> workers;
  unsigned long forks = 0;

  ~Hold() { shrink(0); }

  /// In a child of fork() nothing is held.
  void check() {
    if (forks == Workers::process().forks()) return;
    workers.clear();
    forks = Workers::process().forks();
  }

  bool has(size_t count) const { return workers.size() >= count && forks == Workers::process().forks(); }

  /// Throws std::system_error or std::bad_alloc.
  void grow(size_t count) {
    check();
    workers.reserve(count);
    while (workers.size() < count) workers.push_back(Workers::process().take());
  }

  void shrink(size_t count) {
    check();
    for (; workers.size() > count; workers.pop_back()) Workers::process().give_back(workers.back());
  }
};

thread_local Hold hold;

Status grow_hold(size_t count) noexcept {
  try {
    hold.grow(count);
    return {};
  } catch (const std::system_error&) {
    return {Code::kOutOfMemory, "no more threads to be had"};
  } catch (const std::bad_alloc&) {
    return {Code::kOutOfMemory, "out of memory"};
  }
}

/// A region of the calling thread alone, inside or outside another one.
void run_alone(void (*body)(void*), void* data) {
  struct Return {
    Place back = place;
    ~Return() { place = back; }
  } const back;
  place.number = 0;
  place.size = 1;
  body(data);
}

}  // namespace

TeamScope::TeamScope(int threads) {
  hold.check();
  before_ = hold.workers.size();
  forks_ = hold.forks;
  const size_t wanted = threads > 1 ? static_cast<size_t>(threads - 1) : 0;
  if (wanted > before_) status_ = grow_hold(wanted);
  for (size_t i = 0; i < std::min(wanted, hold.workers.size()); ++i) hold.workers[i]->rouse();
}

TeamScope::~TeamScope() {
  hold.check();
  if (forks_ == hold.forks) hold.shrink(before_);
}

void run_team(int threads, void (*body)(void*), void* data) {
  if (threads <= 1 || place.region) {
    run_alone(body, data);
    return;
  }
  std::optional<TeamScope> scope;
  if (!hold.has(static_cast<size_t>(threads - 1))) scope.emplace(threads);
  const size_t others = std::min(hold.workers.size(), static_cast<size_t>(threads - 1));
  if (others == 0) {
    run_alone(body, data);
    return;
  }
  Region region{body, data, static_cast<int>(others) + 1, place.limit};
  for (size_t i = 0; i < others; ++i) hold.workers[i]->post(region, static_cast<int>(i) + 1);
  place = {&region, 0, region.size, region.limit};
  run_body(region);
  for (size_t i = 0; i < others; ++i) {
    if (!hold.workers[i]->take_back()) continue;
    place.number = static_cast<int>(i) + 1;
    run_body(region);
  }
  place = {nullptr, 0, 1, region.limit};
  for (size_t i = 0; i < others; ++i) hold.workers[i]->wait_finished();
  if (region.failed) std::rethrow_exception(region.error);
}

int team_thread() { return place.number; }
int team_size() { return place.size; }
bool in_team() { return place.region != nullptr; }

void team_barrier() {
  Region* const region = place.region;
  if (!region || place.size <= 1) return;
  const uint32_t round = region->rounds.load(std::memory_order_relaxed);
  if (region->arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == region->size) {
    region->arrived.store(0, std::memory_order_relaxed);
    advance(region->rounds, round + 1, region->asleep);
    return;
  }
  wait_while(region->rounds, round, region->asleep);
}

int team_limit() { return place.limit; }
void set_team_limit(int threads) { place.limit = threads; }

void rouse_workers(int count) {
  if (count > 0) Workers::process().rouse(static_cast<size_t>(count));
}

TeamCounts count_team() { return Workers::process().count(); }

}  // namespace mindird
