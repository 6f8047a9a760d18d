// mindird-builder: what the server starts to build an engine in a process of its own. Free of Node; also run by hand
// for its other commands.
#include <cstdio>
#include <string_view>

#include "builder/command.h"

int main(int count, char** words) {
  using namespace mindird::builder;
  const std::span<char*> all(words, static_cast<size_t>(count));
  const std::string_view name = count > 1 ? all[1] : "";
  for (const Command& command : commands()) {
    if (command.name == name) return command.run(all.subspan(2));
  }
  std::fprintf(stderr, "mindird-builder: found command \"%s\", want one of:\n", count > 1 ? all[1] : "");
  for (const Command& command : commands()) std::fprintf(stderr, "  %-8s %s\n", command.name.data(), command.help.data());
  return 2;
}
