// Operators that no layer of TensorRT expresses, each with its reason.
#pragma once

#include <optional>
#include <string_view>

namespace mindird::engines::tensorrt {

/// Why an operator has no builder; nothing for those that have one.
std::optional<std::string_view> refusal_of(std::string_view id);

}  // namespace mindird::engines::tensorrt
