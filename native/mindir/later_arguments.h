// Arguments that primitives got after MindSpore 1.2: files of versions before that do not hold them, and they have the default.
#pragma once

#include <string_view>

#include "mindir/version.h"

namespace mindird::mindir {

/// Whether files of that version do without the argument.
bool is_later_argument(std::string_view primitive, std::string_view argument, const Version& version);

}  // namespace mindird::mindir
