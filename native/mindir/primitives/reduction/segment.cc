// Reductions of the slices that have one number: UnsortedSegment*, Segment*, SparseSegment*.
#include <algorithm>
#include <limits>

#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/support_index.h"
#include "ops/reduction/segment_reduce.h"

namespace mindird::mindir {
namespace {

using ops::SegmentKind;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Result<ir::ValueId> emit_segments(Call& call, SegmentKind kind, ir::ValueId x, ir::ValueId ids, int64_t segments, double empty) {
  auto op = std::make_shared<ops::SegmentReduce>();
  op->kind = kind;
  op->segments = segments;
  op->empty = empty;
  return call.emit(std::move(op), {x, ids});
}

/// The largest number of the element type where it is finite, the smallest for -1.
double extreme(DType dtype, double sign) {
  switch (dtype) {
    case DType::kF16: return sign * 65504;
    case DType::kBF16: return sign * 0x1.FEp127;
    case DType::kF32: return sign * static_cast<double>(std::numeric_limits<float>::max());
    case DType::kF64: return sign * std::numeric_limits<double>::max();
    default: return sign * kInfinity;
  }
}

/// The value of a segment without slices.
double neutral(SegmentKind kind, DType dtype) {
  switch (kind) {
    case SegmentKind::kProd: return 1;
    case SegmentKind::kMax: return extreme(dtype, -1);
    case SegmentKind::kMin: return extreme(dtype, 1);
    default: return 0;
  }
}

LowerFunction unsorted(SegmentKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const ir::ValueId ids, index_tensor(call, 1));
    TRY_ASSIGN(const int64_t segments, call.integer("num_segments", 2));
    if (segments < 0) return invalid_model(str("num_segments is ", segments));
    return call.result(emit_segments(call, kind, x, ids, segments, neutral(kind, call.type(x).dtype)));
  };
}

/// How many segments ids asks for: known when they are constant.
Result<int64_t> count_segments(Call& call, ir::ValueId ids) {
  const Constant* constant = call.constant_of(ids);
  if (!constant) return int64_t{-1};
  const Tensor values = constant->view();
  int64_t largest = -1;
  for (int64_t i = 0; i < values.elements(); ++i) largest = std::max(largest, ops::read_index(values, static_cast<size_t>(i)));
  return std::min(largest, std::numeric_limits<int64_t>::max() - 1) + 1;
}

/// As many segments as the last number says; those without slices are 0, of a product 1.
LowerFunction sorted(SegmentKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const ir::ValueId ids, index_tensor(call, 1));
    TRY_ASSIGN(const int64_t segments, count_segments(call, ids));
    return call.result(emit_segments(call, kind, x, ids, segments, kind == SegmentKind::kProd ? 1 : 0));
  };
}

/// Of the rows that the indices choose.
LowerFunction sparse(SegmentKind kind, bool counted) {
  return [kind, counted](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 1));
    TRY_ASSIGN(const ir::ValueId ids, index_tensor(call, 2));
    TRY_ASSIGN(const ir::ValueId rows, call.emit(std::make_shared<ops::Gather>(), {x, index}));
    int64_t segments = 0;
    if (counted) {
      TRY_ASSIGN(segments, call.integer("num_segments", 3));
      if (segments < 0) return invalid_model(str("num_segments is ", segments));
    } else {
      TRY_ASSIGN(segments, count_segments(call, ids));
    }
    return call.result(emit_segments(call, kind, rows, ids, segments, 0));
  };
}

REGISTER_PRIMITIVE(UnsortedSegmentSum, unsorted(SegmentKind::kSum));
REGISTER_PRIMITIVE(UnsortedSegmentMax, unsorted(SegmentKind::kMax));
REGISTER_PRIMITIVE(UnsortedSegmentMin, unsorted(SegmentKind::kMin));
REGISTER_PRIMITIVE(UnsortedSegmentProd, unsorted(SegmentKind::kProd));
REGISTER_PRIMITIVE(SegmentSum, sorted(SegmentKind::kSum));
REGISTER_PRIMITIVE(SegmentMean, sorted(SegmentKind::kMean));
REGISTER_PRIMITIVE(SegmentMax, sorted(SegmentKind::kMax));
REGISTER_PRIMITIVE(SegmentMin, sorted(SegmentKind::kMin));
REGISTER_PRIMITIVE(SegmentProd, sorted(SegmentKind::kProd));
REGISTER_PRIMITIVE(SparseSegmentSum, sparse(SegmentKind::kSum, false));
REGISTER_PRIMITIVE(SparseSegmentMean, sparse(SegmentKind::kMean, false));
REGISTER_PRIMITIVE(SparseSegmentSqrtN, sparse(SegmentKind::kSqrtN, false));
REGISTER_PRIMITIVE(SparseSegmentSumWithNumSegments, sparse(SegmentKind::kSum, true));
REGISTER_PRIMITIVE(SparseSegmentMeanWithNumSegments, sparse(SegmentKind::kMean, true));
REGISTER_PRIMITIVE(SparseSegmentSqrtNWithNumSegments, sparse(SegmentKind::kSqrtN, true));

}  // namespace
}  // namespace mindird::mindir
