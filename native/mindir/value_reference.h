// How files up to MindSpore 1.6 say what the values of an attribute make up: ref_attr_name, a text such as "scalar:Tuple[value1,value2,],".
#pragma once

#include <string_view>
#include <vector>

#include "mindir/item.h"

namespace mindird::mindir {

/// What stands before the colon: "scalar", "tensor", "type", "shape", "Monad", …
std::string_view reference_kind(std::string_view reference);

/// The names in a text, in order and without the tuples around them.
std::vector<std::string_view> reference_names(std::string_view reference);

/// Puts values, in the order of the names, into the tuples the text describes. Unavailable when their numbers differ or the text is not one of these.
Item arrange(std::string_view reference, std::vector<Item> values);

}  // namespace mindird::mindir
