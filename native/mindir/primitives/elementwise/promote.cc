#include "mindir/primitives/elementwise/promote.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "mindir/primitives/elementwise/kind.h"

namespace mindird::mindir {
namespace {

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

DType default_type(Kind kind) {
  switch (kind) {
    case Kind::kBool: return DType::kBool;
    case Kind::kInteger: return DType::kI64;
    default: return DType::kF32;
  }
}

/// The kind of a Python number, or nothing for tensors.
std::optional<Kind> scalar_kind(const Call& call, const Item& item) {
  if (item.as<bool>()) return Kind::kBool;
  if (item.as<int64_t>()) return Kind::kInteger;
  if (item.as<double>()) return Kind::kFloat;
  if (const auto* computed = item.as<Computed>(); computed && computed->is_scalar) return kind_of(call.type(computed->value).dtype);
  return std::nullopt;
}

/// The kind of a constant of rank 0, which may be a Python number written as a tensor.
std::optional<Kind> rank_0_kind(const Item& item) {
  const auto* constant = item.as<ConstantPtr>();
  if (!constant || (*constant)->type().shape.rank() != 0) return std::nullopt;
  return kind_of((*constant)->type().dtype);
}

/// The type in which tensors and numbers meet: the tensors' unless a number is of a higher kind.
struct Meeting {
  std::optional<DType> tensors;
  std::optional<Kind> numbers;

  Status add(DType dtype) {
    const auto common = tensors ? promoted(*tensors, dtype) : std::optional(dtype);
    if (!common) return unsupported(str("no common element type of ", dtype_name(*tensors), " and ", dtype_name(dtype)));
    tensors = common;
    return {};
  }
  void add(Kind kind) { numbers = numbers ? std::max(*numbers, kind) : kind; }
  DType dtype() const {
    if (!tensors) return default_type(numbers.value_or(Kind::kFloat));
    return numbers && *numbers > kind_of(*tensors) ? default_type(*numbers) : *tensors;
  }
};

/// A Python number beside a tensor may be written as a constant of rank 0: it counts as a number where only that gives the type the file declares. A declared
/// type that holds the operands is what MindSpore computes in (some primitives widen int32 for a number).
Result<DType> common_type(Call& call, std::span<const size_t> positions) {
  Meeting strict;
  Meeting lenient;
  for (const size_t position : positions) {
    const Item& item = call.input(position);
    if (const auto kind = scalar_kind(call, item)) {
      strict.add(*kind);
      lenient.add(*kind);
      continue;
    }
    TRY_ASSIGN(const ir::ValueId tensor, call.tensor(position));
    const DType dtype = call.type(tensor).dtype;
    TRY(strict.add(dtype));
    if (const auto kind = rank_0_kind(item)) {
      lenient.add(*kind);
    } else {
      TRY(lenient.add(dtype));
    }
  }
  const DType declared = call.declared_type(0, strict.dtype());
  const bool is_wider = promoted(declared, strict.dtype()) == declared;
  return is_wider || (lenient.tensors && lenient.dtype() == declared) ? declared : strict.dtype();
}

Result<ir::ValueId> operand(Call& call, size_t position, DType dtype) {
  const Item& item = call.input(position);
  if (const auto* i = item.as<int64_t>(); i && dtype == DType::kI64) return call.tensor_of(item);
  if (!item.as<ConstantPtr>()) {
    if (const auto number = number_of(item)) return call.scalar(*number, dtype);
  }
  TRY_ASSIGN(const ir::ValueId value, call.tensor(position));
  return call.cast(value, dtype);
}

Result<std::vector<ir::ValueId>> all_as(Call& call, std::span<const size_t> positions, DType dtype) {
  std::vector<ir::ValueId> out;
  for (const size_t position : positions) {
    TRY_ASSIGN(const ir::ValueId value, operand(call, position, dtype));
    out.push_back(value);
  }
  return out;
}

constexpr std::array<size_t, 2> kFirstTwo = {0, 1};

}  // namespace

std::optional<DType> promoted(DType a, DType b) {
  if (a == b) return a;
  const Kind ka = kind_of(a);
  const Kind kb = kind_of(b);
  if (ka != kb) return ka > kb ? a : b;
  return ka == Kind::kFloat ? wider_float(a, b) : wider_integer(a, b);
}

Result<std::vector<ir::ValueId>> operands(Call& call, std::span<const size_t> positions) {
  TRY_ASSIGN(const DType dtype, common_type(call, positions));
  return all_as(call, positions, dtype);
}

Result<std::pair<ir::ValueId, ir::ValueId>> operands(Call& call) {
  TRY_ASSIGN(const auto values, operands(call, kFirstTwo));
  return std::pair(values[0], values[1]);
}

Result<std::pair<ir::ValueId, ir::ValueId>> floating_operands(Call& call) {
  TRY_ASSIGN(const DType dtype, common_type(call, kFirstTwo));
  TRY_ASSIGN(const auto values, all_as(call, kFirstTwo, is_floating(dtype) ? dtype : DType::kF32));
  return std::pair(values[0], values[1]);
}

Result<ir::ValueId> truncated(Call& call, ir::ValueId x) {
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId down, call.unary(ops::UnaryKind::kFloor, x));
  TRY_ASSIGN(const ir::ValueId up, call.unary(ops::UnaryKind::kCeil, x));
  TRY_ASSIGN(const ir::ValueId negative, call.compare(ops::CompareKind::kLess, x, zero));
  return call.select(negative, up, down);
}

}  // namespace mindird::mindir
