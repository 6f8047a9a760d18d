// The order in which MindSpore converts operands by itself: bool < integers < floats.
#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace mindird::mindir {

enum class Kind : uint8_t { kBool, kInteger, kFloat };

inline Kind kind_of(DType dtype) {
  if (dtype == DType::kBool) return Kind::kBool;
  return is_floating(dtype) ? Kind::kFloat : Kind::kInteger;
}

}  // namespace mindird::mindir
