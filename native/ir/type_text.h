// Types as text: "f32[2,3]", lists of them "f32[2,3];i64[1]".
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "ir/op.h"

namespace mindird::ir {

/// Dims of -1 are unknown. INVALID_ARGUMENT for anything that TensorType::text() does not write, or a rank above kMaxRank.
Result<TensorType> parse_type(std::string_view text);

std::string types_text(std::span<const TensorType> types);
/// At most 4096 types.
Result<Types> parse_types(std::string_view text);

}  // namespace mindird::ir
