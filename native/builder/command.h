// The commands of mindird-builder; one file each.
#pragma once

#include <span>
#include <string_view>

namespace mindird::builder {

struct Command {
  std::string_view name;  // ends with a zero, as does help
  std::string_view help;
  /// The words after the command's name; answers the exit code.
  int (*run)(std::span<char*> words);
};

std::span<const Command> commands();

/// Builds what the request on descriptor 3 asks for.
int build(std::span<char*> words);
/// Runs a network once.
int run(std::span<char*> words);
/// Measures a network.
int bench(std::span<char*> words);

}  // namespace mindird::builder
