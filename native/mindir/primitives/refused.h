// Why some primitives will not be served: those that are not functions of tensors, or of tensors this project does not have.
#pragma once

#include <string>
#include <string_view>

namespace mindird::mindir {

/// What to say of a primitive that is not registered: that it is not supported, with the reason if there is one, such as "it draws random numbers".
std::string missing_primitive(std::string_view primitive);

}  // namespace mindird::mindir
