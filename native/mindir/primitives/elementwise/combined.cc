// Sums and products of several tensors.
#include "base/strings.h"
#include "mindir/primitives/elementwise/promote.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;

/// Element `first` along the axis, moved on by one and by two: a sequence of three that starts there.
Result<ir::ValueId> turned(Call& call, ir::ValueId x, size_t axis, int64_t first) {
  std::vector<ir::ValueId> parts;
  for (int64_t i = 0; i < 3; ++i) {
    TRY_ASSIGN(parts.emplace_back(), call.slice(x, axis, (first + i) % 3, 1));
  }
  return call.concat(std::move(parts), axis);
}

/// The vector product along an axis of size 3: x turned by 1 times y turned by 2, minus the other way round.
Result<Item> lower_cross(Call& call) {
  constexpr int64_t kFirstOfThree = -65530;
  TRY_ASSIGN(const auto pair, operands(call));
  const auto [x, y] = pair;
  TRY(call.want_known(x));
  TRY(call.want_known(y));
  if (call.shape(x) != call.shape(y)) return unsupported(str("inputs of types ", call.type(x).text(), " and ", call.type(y).text(), ", want one shape"));
  TRY_ASSIGN(int64_t given, call.integer("dim", 2, kFirstOfThree));
  if (given == kFirstOfThree) {
    given = 0;
    while (given < static_cast<int64_t>(call.rank(x)) && call.shape(x)[static_cast<size_t>(given)] != 3) ++given;
  }
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  if (call.shape(x)[axis] != 3) return invalid_model(str("dimension ", axis, " has size ", call.shape(x)[axis], ", want 3"));
  TRY_ASSIGN(const ir::ValueId x1, turned(call, x, axis, 1));
  TRY_ASSIGN(const ir::ValueId x2, turned(call, x, axis, 2));
  TRY_ASSIGN(const ir::ValueId y1, turned(call, y, axis, 1));
  TRY_ASSIGN(const ir::ValueId y2, turned(call, y, axis, 2));
  TRY_ASSIGN(const ir::ValueId plus, call.binary(BinaryKind::kMul, x1, y2));
  TRY_ASSIGN(const ir::ValueId minus, call.binary(BinaryKind::kMul, x2, y1));
  return call.result(call.binary(BinaryKind::kSub, plus, minus));
}

/// The outer product of two vectors.
Result<Item> lower_ger(Call& call) {
  TRY_ASSIGN(const auto pair, operands(call));
  TRY(call.want_rank(pair.first, 1, "input 0"));
  TRY(call.want_rank(pair.second, 1, "input 1"));
  TRY_ASSIGN(const ir::ValueId column, call.reshape(pair.first, {call.shape(pair.first)[0], 1}));
  return call.result(call.binary(BinaryKind::kMul, column, pair.second));
}

/// How many elements of two tensors are equal, as one element of their type.
Result<Item> lower_equal_count(Call& call) {
  TRY_ASSIGN(const auto pair, operands(call));
  const DType dtype = call.type(pair.first).dtype;
  TRY_ASSIGN(const ir::ValueId equal, call.compare(ops::CompareKind::kEqual, pair.first, pair.second));
  TRY_ASSIGN(const ir::ValueId ones, call.cast(equal, dtype));
  TRY_ASSIGN(const auto axes, call.axes({}, call.rank(ones), true));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ReduceKind::kSum, ones, axes, false));
  return call.result(call.reshape(sum, {1}));
}

REGISTER_PRIMITIVE(Cross, lower_cross);
REGISTER_PRIMITIVE(Ger, lower_ger);
REGISTER_PRIMITIVE(EqualCount, lower_equal_count);

}  // namespace
}  // namespace mindird::mindir
