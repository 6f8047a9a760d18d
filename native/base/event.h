// Log events and progress of native code, drained by the server into its one logger. Thread-safe; the oldest go when nobody drains.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mindird {

enum class Level : uint8_t { kDebug, kInfo, kWarn, kError };
std::string_view level_name(Level level);

using EventValue = std::variant<std::string, double, bool>;

struct Event {
  Level level = Level::kInfo;
  std::string name;  // stable dotted name, e.g. "engine.build"
  std::vector<std::pair<std::string, EventValue>> fields;
};

void log_event(Event event);
/// All events since the last call, oldest first.
std::vector<Event> drain_events();

}  // namespace mindird
