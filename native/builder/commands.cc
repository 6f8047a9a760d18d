#include <array>

#include "builder/command.h"

namespace mindird::builder {

std::span<const Command> commands() {
  static constexpr std::array<Command, 3> kCommands = {{
      {"build", "PARENT: build the engine asked for on descriptor 3; started by the server", build},
      {"run", "NETWORK [options]: run a network once and write its outputs", run},
      {"bench", "NETWORK [options]: time the runs of a network", bench},
  }};
  return kCommands;
}

}  // namespace mindird::builder
