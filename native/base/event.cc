#include "base/event.h"

#include <array>
#include <deque>
#include <mutex>

namespace mindird {
namespace {

constexpr size_t kMostEvents = 10'000;

struct EventQueue {
  std::mutex mutex;
  std::deque<Event> events;
  size_t dropped = 0;
};

EventQueue& queue() {
  // Leaked on purpose: threads may log during process exit.
  static auto* instance = new EventQueue;
  return *instance;
}

}  // namespace

std::string_view level_name(Level level) {
  static constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warn", "error"};
  return kNames[static_cast<size_t>(level)];
}

void log_event(Event event) {
  EventQueue& q = queue();
  const std::lock_guard lock(q.mutex);
  if (q.events.size() >= kMostEvents) {
    q.events.pop_front();
    ++q.dropped;
  }
  q.events.push_back(std::move(event));
}

std::vector<Event> drain_events() {
  EventQueue& q = queue();
  const std::lock_guard lock(q.mutex);
  std::vector<Event> out(std::make_move_iterator(q.events.begin()), std::make_move_iterator(q.events.end()));
  q.events.clear();
  if (q.dropped > 0) out.push_back({Level::kWarn, "events.dropped", {{"count", static_cast<double>(q.dropped)}}});
  q.dropped = 0;
  return out;
}

}  // namespace mindird
