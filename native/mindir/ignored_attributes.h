// Attributes that do not change what a primitive computes. Whatever else a primitive carries and its lowering does not ask for may change the
// meaning, so such a model is refused.
#pragma once

#include <string_view>

#include "mindir/item.h"

namespace mindird::mindir {

/// Whether an attribute may stay unread: it is one of these, or a switch that is off.
bool is_ignored_attribute(std::string_view primitive, std::string_view attribute, const Item& value);

}  // namespace mindird::mindir
