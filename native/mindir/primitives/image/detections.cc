// CombinedNonMaxSuppression: the best boxes of each class without those that overlap better ones. NonMaxSuppressionWithOverlaps: the same for one class, by
// overlaps that are given.
#include <limits>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/image/select_detections.h"
#include "ops/image/suppress_alike.h"

namespace mindird::mindir {
namespace {

/// The first `count` inputs as tensors; those at `whole` as i32.
Result<std::vector<ir::ValueId>> inputs_of(Call& call, size_t count, std::initializer_list<size_t> whole) {
  std::vector<ir::ValueId> out;
  for (size_t i = 0; i < count; ++i) {
    TRY_ASSIGN(const ir::ValueId input, call.tensor(i));
    out.push_back(input);
  }
  for (const size_t i : whole) {
    // A Python number is i64; larger ones mean no limit.
    if (call.type(out[i]).dtype != DType::kI64) continue;
    TRY_ASSIGN(const ir::ValueId largest, call.scalar(std::numeric_limits<int32_t>::max(), DType::kI64));
    TRY_ASSIGN(const ir::ValueId bounded, call.binary(ops::BinaryKind::kMinimum, out[i], largest));
    TRY_ASSIGN(out[i], call.cast(bounded, DType::kI32));
  }
  return out;
}

/// Boxes [B,N,1 or C,4], scores [B,N,C], limits as scalars: boxes, scores and classes of the detections and their count per image.
Result<Item> lower_combined_non_max_suppression(Call& call) {
  TRY_ASSIGN(auto inputs, inputs_of(call, 6, {2, 3}));
  TRY(call.want_rank(inputs[1], 3, "the scores"));
  TRY(call.want_known(inputs[1]));
  auto op = std::make_shared<ops::SelectDetections>();
  TRY_ASSIGN(op->narrow, call.flag("pad_per_class", kAttributeOnly));
  TRY_ASSIGN(op->clip, call.flag("clip_boxes", kAttributeOnly));
  const auto known = [&](size_t i) { return call.constant_of(inputs[i]) != nullptr; };
  if (known(3) && (known(2) || !op->narrow)) {
    int64_t per_class = 0;
    if (known(2)) {
      TRY_ASSIGN(per_class, call.integer("max_output_size_per_class", 2));
    }
    TRY_ASSIGN(const int64_t total, call.integer("max_total_size", 3));
    if (per_class < 0 || total < 0) return invalid_model(str("at most ", per_class, " of a class and ", total, " in all, want 0 or more"));
    op->rows = op->rows_for(per_class, total, call.shape(inputs[1])[2]);
  }
  TRY_ASSIGN(const auto results, call.emit_all(std::move(op), std::move(inputs)));
  return tuple_of(results);
}

/// Overlaps [N,N], scores [N], how many at most, the overlap that drops and the least score, as scalars: positions.
Result<Item> lower_non_max_suppression_with_overlaps(Call& call) {
  TRY_ASSIGN(auto inputs, inputs_of(call, 5, {2}));
  return call.result(call.emit(std::make_shared<ops::SuppressAlike>(), std::move(inputs)));
}

REGISTER_PRIMITIVE(CombinedNonMaxSuppression, lower_combined_non_max_suppression);
REGISTER_PRIMITIVE(NonMaxSuppressionWithOverlaps, lower_non_max_suppression_with_overlaps);

}  // namespace
}  // namespace mindird::mindir
