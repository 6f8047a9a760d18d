// Places in sorted lines: SearchSorted, LowerBound, UpperBound, Bucketize.
#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/indexing/search_sorted.h"

namespace mindird::mindir {
namespace {

Result<ir::ValueId> emit_search(Call& call, ir::ValueId sorted, ir::ValueId values, bool right, DType result) {
  auto op = std::make_shared<ops::SearchSorted>();
  op->right = right;
  TRY_ASSIGN(const ir::ValueId found, call.emit(std::move(op), {sorted, values}));
  return call.cast(found, result);
}

Result<Item> lower_search_sorted(Call& call) {
  TRY_ASSIGN(const ir::ValueId sorted, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId values, call.tensor(1));
  if (call.has("sorter", 2)) return unsupported("a sorter");
  TRY_ASSIGN(const DType dtype, element_type_or(call, "dtype", 3, DType::kI64));
  TRY_ASSIGN(const bool right, call.flag("right", 4, false));
  return call.result(emit_search(call, sorted, values, right, dtype));
}

LowerFunction bound(bool right) {
  return [right](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId sorted, call.tensor(0));
    TRY_ASSIGN(const ir::ValueId values, call.tensor(1));
    TRY_ASSIGN(const DType dtype, element_type_or(call, "out_type", kAttributeOnly, DType::kI32));
    return call.result(emit_search(call, sorted, values, right, dtype));
  };
}

/// The number of boundaries up to each element; they are written as f32.
Result<Item> lower_bucketize(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  const Items* given = call.argument("boundaries").tuple();
  if (!given) return invalid_model(str("boundaries is ", call.argument("boundaries").text(), ", want a list of numbers"));
  std::vector<float> boundaries;
  for (const Item& item : *given) {
    const auto number = number_of(item);
    if (!number) return invalid_model(str("a boundary is ", item.text(), ", want a number"));
    boundaries.push_back(static_cast<float>(*number));
  }
  TRY_ASSIGN(ir::ValueId sorted, call.constant({DType::kF32, Shape{static_cast<int64_t>(boundaries.size())}}, std::as_bytes(std::span(boundaries))));
  // Integers up to 53 bits stay what they are as f64.
  const DType dtype = call.type(x).dtype == DType::kF32 ? DType::kF32 : DType::kF64;
  TRY_ASSIGN(x, call.cast(x, dtype));
  TRY_ASSIGN(sorted, call.cast(sorted, dtype));
  return call.result(emit_search(call, sorted, x, true, DType::kI32));
}

REGISTER_PRIMITIVE(SearchSorted, lower_search_sorted);
REGISTER_PRIMITIVE(LowerBound, bound(false));
REGISTER_PRIMITIVE(UpperBound, bound(true));
REGISTER_PRIMITIVE(Bucketize, lower_bucketize);

}  // namespace
}  // namespace mindird::mindir
