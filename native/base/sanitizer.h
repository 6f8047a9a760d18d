// Which sanitizer the code is built with, and what it adds to its cost: bounds of time in tests are meant for code as it ships.
#pragma once

#if !defined(__has_feature)
#define __has_feature(x) 0
#endif

namespace mindird {

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif

inline constexpr double kSanitizerCost = kAddressSanitizer || kThreadSanitizer ? 4 : 1;

}  // namespace mindird
