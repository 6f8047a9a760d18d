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

/// Of an engine that does not implement them: those of most.
inline const EngineTraits& traits(const Engine& engine) {
  static const EngineTraits most;
  const auto* own = dynamic_cast<const EngineTraits*>(&engine);
  return own ? *own : most;
}

}  // namespace mindird::engines
