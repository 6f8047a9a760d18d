// Names with `*` in them, as users write lists of nodes.
#pragma once

#include <string_view>

namespace mindird {

/// True when the whole text fits the pattern, in which `*` stands for any characters.
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace mindird
