// Small text helpers for messages (C++20 without <format>).
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>

namespace mindird {

inline void append_to(std::string& out, std::string_view v) { out += v; }
inline void append_to(std::string& out, char v) { out += v; }
template <std::integral T>
  requires(!std::same_as<T, char>)
void append_to(std::string& out, T v) {
  out += std::to_string(v);
}
inline void append_to(std::string& out, double v) { out += std::to_string(v); }

/// Concatenates its arguments: str("dim ", 3, " is ", -1).
template <class... Args>
std::string str(const Args&... args) {
  std::string out;
  (append_to(out, args), ...);
  return out;
}

/// "[1,2,3]"
template <class T>
std::string list_text(std::span<const T> values) {
  std::string out = "[";
  for (size_t i = 0; i < values.size(); ++i) {
    if (i) out += ',';
    append_to(out, values[i]);
  }
  return out + "]";
}

}  // namespace mindird
