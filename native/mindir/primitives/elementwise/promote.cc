#include "mindir/primitives/elementwise/promote.h"

#include <algorithm>

#include "base/strings.h"

namespace mindird::mindir {
namespace {

enum class Kind : uint8_t { kBool, kInteger, kFloat };

Kind kind_of(DType dtype) {
  if (dtype == DType::kBool) return Kind::kBool;
  return is_floating(dtype) ? Kind::kFloat : Kind::kInteger;
}

std::optional<DType> wider_float(DType a, DType b) {
  if (dtype_size(a) != dtype_size(b)) return dtype_size(a) > dtype_size(b) ? a : b;
  return DType::kF32;  // float16 with bfloat16
}

std::optional<DType> wider_integer(DType a, DType b) {
  if (is_signed_integer(a) == is_signed_integer(b)) return dtype_size(a) > dtype_size(b) ? a : b;
  const DType with_sign = is_signed_integer(a) ? a : b;
  const DType without = is_signed_integer(a) ? b : a;
  if (dtype_size(with_sign) > dtype_size(without)) return with_sign;
  switch (without) {
    case DType::kU8: return DType::kI16;
    case DType::kU16: return DType::kI32;
    case DType::kU32: return DType::kI64;
    default: return std::nullopt;
  }
}

/// The kind of a Python scalar, or nothing for tensors.
std::optional<Kind> scalar_kind(const Item& item) {
  if (item.as<bool>()) return Kind::kBool;
  if (item.as<int64_t>()) return Kind::kInteger;
  if (item.as<double>()) return Kind::kFloat;
  return std::nullopt;
}

DType default_type(Kind kind) {
  switch (kind) {
    case Kind::kBool: return DType::kBool;
    case Kind::kInteger: return DType::kI64;
    default: return DType::kF32;
  }
}

/// A scalar that meets a tensor of type `dtype`.
DType scalar_type(Kind kind, DType dtype) { return kind > kind_of(dtype) ? default_type(kind) : dtype; }

Result<ir::ValueId> scalar_operand(Call& call, const Item& item, DType dtype) {
  if (const auto* i = item.as<int64_t>(); i && dtype == DType::kI64) return call.tensor_of(item);
  return call.scalar(*number_of(item), dtype);
}

Result<DType> common_type(Call& call) {
  const auto x_kind = scalar_kind(call.input(0));
  const auto y_kind = scalar_kind(call.input(1));
  if (x_kind && y_kind) return default_type(std::max(*x_kind, *y_kind));
  if (x_kind || y_kind) {
    TRY_ASSIGN(const ir::ValueId tensor, call.tensor(x_kind ? 1 : 0));
    return scalar_type(x_kind ? *x_kind : *y_kind, call.type(tensor).dtype);
  }
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId y, call.tensor(1));
  const auto dtype = promoted(call.type(x).dtype, call.type(y).dtype);
  if (!dtype) return unsupported(str("no common element type of ", call.type(x).text(), " and ", call.type(y).text()));
  return *dtype;
}

Result<ir::ValueId> operand(Call& call, size_t position, DType dtype) {
  const Item& item = call.input(position);
  if (scalar_kind(item)) return scalar_operand(call, item, dtype);
  TRY_ASSIGN(const ir::ValueId value, call.tensor(position));
  return call.cast(value, dtype);
}

}  // namespace

std::optional<DType> promoted(DType a, DType b) {
  if (a == b) return a;
  const Kind ka = kind_of(a);
  const Kind kb = kind_of(b);
  if (ka != kb) return ka > kb ? a : b;
  return ka == Kind::kFloat ? wider_float(a, b) : wider_integer(a, b);
}

Result<std::pair<ir::ValueId, ir::ValueId>> operands(Call& call) {
  TRY_ASSIGN(const DType dtype, common_type(call));
  TRY_ASSIGN(const ir::ValueId x, operand(call, 0, dtype));
  TRY_ASSIGN(const ir::ValueId y, operand(call, 1, dtype));
  return std::pair(x, y);
}

Result<std::pair<ir::ValueId, ir::ValueId>> floating_operands(Call& call) {
  TRY_ASSIGN(DType dtype, common_type(call));
  if (!is_floating(dtype)) dtype = DType::kF32;
  TRY_ASSIGN(const ir::ValueId x, operand(call, 0, dtype));
  TRY_ASSIGN(const ir::ValueId y, operand(call, 1, dtype));
  return std::pair(x, y);
}

}  // namespace mindird::mindir
