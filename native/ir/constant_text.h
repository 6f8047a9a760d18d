// Contents of constants as text, exact in both directions: "{1, 2.5}", floats in shortest form that reads back to the same bits.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "tensor/tensor.h"

namespace mindird::ir {

std::string constant_values_text(const Constant& constant);
/// `text` is a list in braces with exactly as many values as the type has elements, or a single value to fill the tensor with ("{0 ...}").
Result<ConstantPtr> parse_constant_values(const TensorType& type, std::string_view text);

}  // namespace mindird::ir
