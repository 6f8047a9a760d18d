#include <array>

#include "builder/command.h"

namespace mindird::builder {

std::span<const Command> commands() {
  static constexpr std::array<Command, 1> kCommands = {{
      {"build", "PARENT: build the engine asked for on descriptor 3; started by the server", build},
  }};
  return kCommands;
}

}  // namespace mindird::builder
