// Attributes of an operator as text and back: "{stride=[1,1], groups=1}". The text identifies the attributes exactly (doubles are written
// so that they read back to the same bits), so it also serves equality and hashing.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "ir/op.h"

namespace mindird::ir {

/// "" when the operator has no attributes.
std::string attribute_text(const Op& op);
/// Sets the attributes of `op` from text as attribute_text writes it; missing attributes keep their defaults, unknown ones are errors.
Status parse_attributes(Op& op, std::string_view text);

}  // namespace mindird::ir
