// How a primitive adds nodes and constants to the graph.
#include <array>
#include <cstring>
#include <limits>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "mindir/primitives/scalar/number.h"
#include "ops/elementwise/cast.h"
#include "ops/movement/concat.h"
#include "ops/movement/expand.h"
#include "ops/movement/reshape.h"
#include "ops/elementwise/select.h"
#include "ops/movement/slice.h"
#include "ops/movement/transpose.h"

namespace mindird::mindir {
namespace {

/// Constants up to this size are given a new shape by copying them; larger ones get a Reshape node.
constexpr size_t kReshapedConstantBytes = size_t{1} << 16U;

template <class T>
void store(double value, std::byte* to) {
  const auto converted = static_cast<T>(value);
  std::memcpy(to, &converted, sizeof converted);
}

/// Integers take the value's nearest representable number; a value out of range takes the end of the range.
template <class T>
void store_integer(double value, std::byte* to) {
  constexpr auto kLow = static_cast<double>(std::numeric_limits<T>::min());
  constexpr auto kHigh = static_cast<double>(std::numeric_limits<T>::max());
  T converted = 0;
  if (value >= kHigh) {
    converted = std::numeric_limits<T>::max();
  } else if (value > kLow) {
    converted = static_cast<T>(value);
  } else if (value <= kLow) {
    converted = std::numeric_limits<T>::min();
  }
  std::memcpy(to, &converted, sizeof converted);
}

void store_number(double value, DType dtype, std::byte* to) {
  switch (dtype) {
    case DType::kBool: store<uint8_t>(value != 0 ? 1 : 0, to); break;
    case DType::kU8: store_integer<uint8_t>(value, to); break;
    case DType::kU16: store_integer<uint16_t>(value, to); break;
    case DType::kU32: store_integer<uint32_t>(value, to); break;
    case DType::kU64: store_integer<uint64_t>(value, to); break;
    case DType::kI8: store_integer<int8_t>(value, to); break;
    case DType::kI16: store_integer<int16_t>(value, to); break;
    case DType::kI32: store_integer<int32_t>(value, to); break;
    case DType::kI64: store_integer<int64_t>(value, to); break;
    case DType::kF16: {
      const Half half(static_cast<float>(value));
      std::memcpy(to, &half.bits, sizeof half.bits);
      break;
    }
    case DType::kBF16: {
      const BFloat16 half(static_cast<float>(value));
      std::memcpy(to, &half.bits, sizeof half.bits);
      break;
    }
    case DType::kF32: store<float>(value, to); break;
    case DType::kF64: store<double>(value, to); break;
  }
}

}  // namespace

Result<std::vector<ir::ValueId>> Call::emit_all(ir::OpPtr op, std::vector<ir::ValueId> inputs) {
  return lowering_.emit(std::move(op), std::move(inputs), step_);
}

Result<ir::ValueId> Call::emit(ir::OpPtr op, std::vector<ir::ValueId> inputs) {
  TRY_ASSIGN(const auto values, emit_all(std::move(op), std::move(inputs)));
  if (values.size() != 1) return internal_error(str("the operator has ", values.size(), " results, want 1"));
  return values.front();
}

Result<ir::ValueId> Call::unary(ops::UnaryKind kind, ir::ValueId x, double alpha, double beta) {
  auto op = std::make_shared<ops::Unary>();
  op->kind = kind;
  op->alpha = alpha;
  op->beta = beta;
  return emit(std::move(op), {x});
}

Result<ir::ValueId> Call::binary(ops::BinaryKind kind, ir::ValueId x, ir::ValueId y) {
  auto op = std::make_shared<ops::Binary>();
  op->kind = kind;
  return emit(std::move(op), {x, y});
}

Result<ir::ValueId> Call::binary(ops::BinaryKind kind, ir::ValueId x, double y) {
  TRY_ASSIGN(const ir::ValueId number, scalar(y, type(x).dtype));
  return binary(kind, x, number);
}

Result<ir::ValueId> Call::compare(ops::CompareKind kind, ir::ValueId x, ir::ValueId y) {
  auto op = std::make_shared<ops::Compare>();
  op->kind = kind;
  return emit(std::move(op), {x, y});
}

Result<ir::ValueId> Call::reduce(ops::ReduceKind kind, ir::ValueId x, std::vector<int64_t> axes, bool keep_dims) {
  auto op = std::make_shared<ops::Reduce>();
  op->kind = kind;
  op->axes = std::move(axes);
  op->keep_dims = keep_dims;
  return emit(std::move(op), {x});
}

Result<ir::ValueId> Call::select(ir::ValueId condition, ir::ValueId x, ir::ValueId y) { return emit(std::make_shared<ops::Select>(), {condition, x, y}); }

Result<ir::ValueId> Call::cast(ir::ValueId x, DType to) {
  if (type(x).dtype == to) return x;
  auto op = std::make_shared<ops::Cast>();
  op->to = to;
  return emit(std::move(op), {x});
}

Result<ir::ValueId> Call::reshape(ir::ValueId x, std::vector<int64_t> dims) {
  TRY(want_known(x));
  const TensorType reshaped{type(x).dtype, Shape(dims)};
  if (reshaped == type(x)) return x;
  const Constant* contents = constant_of(x);
  if (contents && dims.size() <= kMaxRank && contents->bytes().size() <= kReshapedConstantBytes && reshaped.checked_bytes() == type(x).checked_bytes()) {
    return constant(reshaped, contents->bytes());
  }
  auto op = std::make_shared<ops::Reshape>();
  op->shape = std::move(dims);
  return emit(std::move(op), {x});
}

Result<ir::ValueId> Call::transpose(ir::ValueId x, std::vector<int64_t> perm) {
  auto op = std::make_shared<ops::Transpose>();
  op->perm = std::move(perm);
  return emit(std::move(op), {x});
}

Result<ir::ValueId> Call::slice(ir::ValueId x, size_t axis, int64_t begin, int64_t size) {
  TRY(want_known(x));
  auto op = std::make_shared<ops::Slice>();
  op->begin.assign(rank(x), 0);
  op->size = shape(x).vector();
  op->stride.assign(rank(x), 1);
  op->begin[axis] = begin;
  op->size[axis] = size;
  return emit(std::move(op), {x});
}

Result<ir::ValueId> Call::concat(std::vector<ir::ValueId> parts, size_t axis) {
  auto op = std::make_shared<ops::Concat>();
  op->axis = static_cast<int64_t>(axis);
  return emit(std::move(op), std::move(parts));
}

Result<ir::ValueId> Call::expand(ir::ValueId x, std::vector<int64_t> to) {
  if (Shape(to) == shape(x)) return x;
  auto op = std::make_shared<ops::Expand>();
  op->shape = std::move(to);
  return emit(std::move(op), {x});
}

Result<ir::ValueId> Call::scalar(double value, DType dtype) {
  std::array<std::byte, 8> bytes{};
  store_number(value, dtype, bytes.data());
  return constant({dtype, {}}, std::span(bytes).first(dtype_size(dtype)));
}

Result<ir::ValueId> Call::constant(const TensorType& type, std::span<const std::byte> bytes) {
  TRY_ASSIGN(const ConstantPtr made, make_constant(type, bytes));
  return lowering_.made_constant(made);
}

Result<Item> Call::result(Result<ir::ValueId> value) const {
  if (!value.ok()) return std::move(value).status();
  // What was folded is a constant from here on, so that its integers can be arguments.
  if (const ConstantPtr& folded = lowering_.graph().value(*value).constant) return Item(folded);
  return Item(Computed{*value});
}

Item Call::scalar_result(ir::ValueId value) const {
  const ConstantPtr& folded = lowering_.graph().value(value).constant;
  if (folded) {
    if (const auto number = known_number(Item(folded))) return std::visit([](auto known) { return Item(known); }, *number);
  }
  return Computed{value, true};
}

}  // namespace mindird::mindir
