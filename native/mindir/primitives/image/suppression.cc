// NMSWithMask: boxes by descending score, and which of them remain when those that overlap better ones are dropped.
#include <numeric>

#include "base/strings.h"
#include "mindir/primitives/creation/numbers.h"
#include "ops/image/suppress_overlaps.h"
#include "ops/indexing/gather.h"
#include "ops/ordering/sort.h"

namespace mindird::mindir {
namespace {

/// [N,5] (x1, y1, x2, y2, score): the rows in order, their positions in that order (0 to N - 1), and which remain. The order of equal scores is that of the
/// input.
Result<Item> lower_nms_with_mask(Call& call) {
  TRY_ASSIGN(const ir::ValueId boxes, call.tensor(0));
  TRY(call.want_rank(boxes, 2, "the boxes"));
  TRY(call.want_known(boxes));
  const int64_t count = call.shape(boxes)[0];
  if (call.shape(boxes)[1] != 5) return invalid_model(str("the boxes are ", call.type(boxes).text(), ", want 5 columns"));
  TRY(expect_created(count));
  auto suppress = std::make_shared<ops::SuppressOverlaps>();
  TRY_ASSIGN(suppress->threshold, call.number("iou_threshold", kAttributeOnly));
  TRY_ASSIGN(const ir::ValueId column, call.slice(boxes, 1, 4, 1));
  TRY_ASSIGN(const ir::ValueId scores, call.reshape(column, {count}));
  auto sort = std::make_shared<ops::Sort>();
  sort->axis = 0;
  sort->descending = true;
  TRY_ASSIGN(const auto sorted, call.emit_all(std::move(sort), {scores}));
  TRY_ASSIGN(const ir::ValueId rows, call.emit(std::make_shared<ops::Gather>(), {boxes, sorted[1]}));
  TRY_ASSIGN(const ir::ValueId corners, call.slice(rows, 1, 0, 4));
  TRY_ASSIGN(const ir::ValueId kept, call.emit(std::move(suppress), {corners}));
  std::vector<double> positions(static_cast<size_t>(count));
  std::iota(positions.begin(), positions.end(), 0.0);
  TRY_ASSIGN(const ir::ValueId indices, numbers(call, positions, Shape{count}, DType::kI32));
  return tuple_of(std::array{rows, indices, kept});
}

REGISTER_PRIMITIVE(NMSWithMask, lower_nms_with_mask);

}  // namespace
}  // namespace mindird::mindir
