// RaggedRange: several sequences of numbers one after another.
#include "mindir/primitives/primitive.h"
#include "ops/indexing/ragged_range.h"

namespace mindird::mindir {
namespace {

/// Starts, limits and steps, [n] or scalars: where each sequence begins [n+1], in the type Tsplits, and the numbers.
Result<Item> lower_ragged_range(Call& call) {
  auto op = std::make_shared<ops::RaggedRange>();
  TRY_ASSIGN(op->splits, call.element_type("Tsplits", kAttributeOnly));
  TRY_ASSIGN(op->most, call.integer("max_length", kAttributeOnly, ops::RaggedRange::kMostNumbers));
  std::vector<ir::ValueId> inputs;
  for (size_t i = 0; i < 3; ++i) {
    TRY_ASSIGN(const ir::ValueId input, call.tensor(i));
    inputs.push_back(input);
  }
  TRY_ASSIGN(const auto results, call.emit_all(std::move(op), std::move(inputs)));
  return tuple_of(results);
}

REGISTER_PRIMITIVE(RaggedRange, lower_ragged_range);

}  // namespace
}  // namespace mindird::mindir
