#include "mindir/primitives/movement/pairs.h"

#include "base/strings.h"
#include "mindir/constant_store.h"

namespace mindird::mindir {

Result<std::vector<int64_t>> pairs_of(Call& call, const Item& item) {
  if (const auto flat = integers_of(item)) return *flat;
  std::vector<int64_t> out;
  if (const Items* rows = item.tuple()) {
    for (const Item& row : *rows) {
      const auto pair = integers_of(row);
      if (!pair) return invalid_model("paddings are not pairs of integers");
      out.insert(out.end(), pair->begin(), pair->end());
    }
    return out;
  }
  const auto* constant = item.as<ConstantPtr>();
  if (!constant || (*constant)->type().shape.rank() != 2) return unsupported(str("paddings are ", item.text(), ", want constants"));
  TRY_ASSIGN(const ConstantPtr flat, make_constant({(*constant)->type().dtype, {(*constant)->type().shape.elements()}}, (*constant)->bytes()));
  return pairs_of(call, Item(flat));
}

}  // namespace mindird::mindir
