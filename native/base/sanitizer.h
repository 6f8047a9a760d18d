// What a sanitizer adds to the cost of code. Bounds of time in tests are meant for code as it ships.
#pragma once

#if !defined(__has_feature)
#define __has_feature(x) 0
#endif

namespace mindird {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr double kSanitizerCost = 4;
#else
inline constexpr double kSanitizerCost = 1;
#endif

}  // namespace mindird
