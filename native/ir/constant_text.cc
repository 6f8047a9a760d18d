#include "ir/constant_text.h"

#include <charconv>
#include <concepts>
#include <cstring>

#include "base/strings.h"

namespace mindird::ir {
namespace {

/// Calls `f` with a value of the storage type of `dtype`.
template <class F>
auto with_storage(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kBool:
    case DType::kU8: return f(uint8_t{});
    case DType::kU16: return f(uint16_t{});
    case DType::kU32: return f(uint32_t{});
    case DType::kU64: return f(uint64_t{});
    case DType::kI8: return f(int8_t{});
    case DType::kI16: return f(int16_t{});
    case DType::kI32: return f(int32_t{});
    case DType::kI64: return f(int64_t{});
    case DType::kF16: return f(Half{});
    case DType::kBF16: return f(BFloat16{});
    case DType::kF32: return f(float{});
    case DType::kF64: return f(double{});
  }
  return f(uint8_t{});
}

template <class T>
void append_number(std::string& out, T value) {
  char buffer[40];
  if constexpr (std::integral<T> || std::floating_point<T>) {
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
  } else {
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, static_cast<float>(value)).ptr);
  }
}

template <class T>
bool read_number(std::string_view text, T& value) {
  if constexpr (std::integral<T> || std::floating_point<T>) {
    const auto r = std::from_chars(text.data(), text.data() + text.size(), value);
    return r.ec == std::errc() && r.ptr == text.data() + text.size();
  } else {
    float wide = 0;
    if (!read_number(text, wide)) return false;
    value = T(wide);
    return true;
  }
}

std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\n')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\n')) s.remove_suffix(1);
  return s;
}

}  // namespace

std::string constant_values_text(const Constant& constant) {
  std::string out = "{";
  with_storage(constant.type().dtype, [&]<class T>(T) {
    bool first = true;
    for (const T& v : constant.as<T>()) {
      if (!first) out += ", ";
      first = false;
      append_number(out, v);
    }
  });
  return out + "}";
}

Result<ConstantPtr> parse_constant_values(const TensorType& type, std::string_view text) {
  text = trim(text);
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return invalid_argument("constant: want values in braces");
  text = trim(text.substr(1, text.size() - 2));
  const auto elements = type.shape.checked_elements();
  constexpr int64_t kMost = int64_t{1} << 26U;
  if (!elements || *elements > kMost) return invalid_argument(str("constant: type ", type.text(), " is too large"));
  const bool fill = text.ends_with("...");
  if (fill) text = trim(text.substr(0, text.size() - 3));
  // Every value takes a character: sizes the text cannot fill are refused before memory is taken for them.
  if (!fill && *elements > static_cast<int64_t>(text.size())) return invalid_argument(str("constant: fewer values than ", *elements));
  TRY_ASSIGN(Buffer buffer, Buffer::allocate(type.bytes()));
  Status status;
  with_storage(type.dtype, [&]<class T>(T) {
    auto* out = reinterpret_cast<T*>(buffer.data());
    int64_t count = 0;
    while (!text.empty() && status.ok()) {
      const size_t comma = text.find(',');
      const std::string_view item = trim(text.substr(0, comma));
      text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
      T value{};
      if (count >= *elements || !read_number(item, value))
        status = invalid_argument(str("constant: value ", count, " \"", item, "\" is not one of ", *elements, " numbers"));
      else
        out[count++] = value;
    }
    if (status.ok() && fill && count == 1) {
      while (count < *elements) out[count++] = out[0];
    }
    if (status.ok() && count != *elements) status = invalid_argument(str("constant: ", count, " values, want ", *elements));
  });
  TRY(std::move(status));
  return ConstantPtr(std::make_shared<const Constant>(type, std::move(buffer)));
}

}  // namespace mindird::ir
