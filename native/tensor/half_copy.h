// Copies that change between float and float16 on the way, element by element as half.h does it; NaNs come out quiet.
#pragma once

#include <cstddef>

namespace mindird {

/// `count` floats become as many float16; addresses of any alignment.
void copy_as_half(const std::byte* floats, std::byte* halves, size_t count);
/// `count` float16 become as many floats.
void copy_as_float(const std::byte* halves, std::byte* floats, size_t count);

}  // namespace mindird
