// What a few engines are and others are not. Those that differ implement EngineTraits beside Engine.
#pragma once

#include "engines/engine.h"

namespace mindird::engines {

class EngineTraits {
 public:
  virtual ~EngineTraits() = default;
  /// Whether an executable depends on BuildOptions::threads.
  virtual bool uses_host_threads() const { return true; }
  /// Whether a plan file may hold its executables, each in a node of the graph in the place of its subgraph, which the engine then takes.
  virtual bool embeds() const { return false; }
  /// Whether inputs and outputs in f16 spare it something: those that would be cast at once to or from it then come and go in it (border_types.h).
  virtual bool wants_half_borders() const { return false; }
};

inline bool uses_host_threads(const Engine& engine) {
  const auto* traits = dynamic_cast<const EngineTraits*>(&engine);
  return !traits || traits->uses_host_threads();
}

inline bool wants_half_borders(const Engine& engine) {
  const auto* traits = dynamic_cast<const EngineTraits*>(&engine);
  return traits && traits->wants_half_borders();
}

inline bool embeds(const Engine& engine) {
  const auto* traits = dynamic_cast<const EngineTraits*>(&engine);
  return traits && traits->embeds();
}

}  // namespace mindird::engines
