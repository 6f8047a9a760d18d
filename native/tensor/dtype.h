// Element types of tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mindird {

enum class DType : uint8_t { kBool, kU8, kU16, kU32, kU64, kI8, kI16, kI32, kI64, kF16, kBF16, kF32, kF64 };

inline constexpr size_t kDTypeCount = 13;

/// Bytes of one element.
size_t dtype_size(DType dtype);
/// The name used in the text form of graphs: "f32", "i64", "bool", …
std::string_view dtype_name(DType dtype);
std::optional<DType> parse_dtype(std::string_view name);
/// The Open Inference Protocol's name: "FP32", "INT64", "BOOL", …
std::string_view dtype_protocol_name(DType dtype);

inline bool is_floating(DType d) { return d >= DType::kF16; }
inline bool is_integer(DType d) { return d >= DType::kU8 && d <= DType::kI64; }
inline bool is_signed_integer(DType d) { return d >= DType::kI8 && d <= DType::kI64; }

}  // namespace mindird
