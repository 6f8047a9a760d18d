// CTCGreedyDecoder: the likeliest class of each step, without blanks and, with merge_repeated, without repetitions.
#include <array>

#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/indexing/gather_nd.h"
#include "ops/indexing/non_zero.h"
#include "ops/ordering/arg_reduce.h"
#include "ops/reduction/cumulative.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;
using ops::ReduceKind;

/// The likeliest class of each step, [B,T] i64, of scores [T,B,C].
Result<ir::ValueId> likeliest(Call& call, ir::ValueId scores) {
  auto op = std::make_shared<ops::ArgReduce>();
  op->axis = 2;
  TRY_ASSIGN(const ir::ValueId classes, call.emit(std::move(op), {scores}));
  return call.transpose(classes, {1, 0});
}

/// Which steps lie within their sequence, [B,T].
Result<ir::ValueId> within(Call& call, ir::ValueId lengths, int64_t steps) {
  TRY_ASSIGN(const ir::ValueId numbers, iota(call, steps));
  TRY_ASSIGN(const ir::ValueId row, call.reshape(numbers, {1, steps}));
  TRY_ASSIGN(const ir::ValueId long_lengths, call.cast(lengths, DType::kI64));
  TRY_ASSIGN(const ir::ValueId column, call.reshape(long_lengths, {call.shape(lengths)[0], 1}));
  return call.compare(CompareKind::kLess, row, column);
}

/// Which classes differ from the one a step before, [B,T]; the first always does.
Result<ir::ValueId> changed(Call& call, ir::ValueId classes) {
  const Shape shape = call.shape(classes);
  TRY_ASSIGN(const ir::ValueId first, full(call, 1, {DType::kBool, Shape{shape[0], 1}}));
  if (shape[1] < 2) return first;
  TRY_ASSIGN(const ir::ValueId before, call.slice(classes, 1, 0, shape[1] - 1));
  TRY_ASSIGN(const ir::ValueId after, call.slice(classes, 1, 1, shape[1] - 1));
  TRY_ASSIGN(const ir::ValueId differs, call.compare(CompareKind::kNotEqual, after, before));
  return call.concat({first, differs}, 1);
}

/// The steps that remain as a sparse tensor [B, most that remain in a row]: positions [M,2] and that shape, in i64.
struct Sparse {
  ir::ValueId steps;  // [M,2]: row and step
  ir::ValueId positions;
  ir::ValueId shape;
};

Result<Sparse> sparse(Call& call, ir::ValueId kept) {
  const Shape shape = call.shape(kept);
  TRY_ASSIGN(const ir::ValueId ones, call.cast(kept, DType::kI64));
  auto running = std::make_shared<ops::Cumulative>();
  running->axis = 1;
  running->exclusive = true;
  TRY_ASSIGN(const ir::ValueId before, call.emit(std::move(running), {ones}));
  TRY_ASSIGN(const ir::ValueId numbers, iota(call, shape[0]));
  TRY_ASSIGN(const ir::ValueId column, call.reshape(numbers, {shape[0], 1}));
  TRY_ASSIGN(const ir::ValueId rows, call.expand(column, shape.vector()));
  TRY_ASSIGN(const ir::ValueId row_part, call.reshape(rows, {shape[0], shape[1], 1}));
  TRY_ASSIGN(const ir::ValueId place_part, call.reshape(before, {shape[0], shape[1], 1}));
  TRY_ASSIGN(const ir::ValueId table, call.concat({row_part, place_part}, 2));
  TRY_ASSIGN(const ir::ValueId steps, call.emit(std::make_shared<ops::NonZero>(), {kept}));
  TRY_ASSIGN(const ir::ValueId positions, call.emit(std::make_shared<ops::GatherNd>(), {table, steps}));
  TRY_ASSIGN(const ir::ValueId counts, call.reduce(ReduceKind::kSum, ones, {1}, false));
  TRY_ASSIGN(const ir::ValueId most, call.reduce(ReduceKind::kMax, counts, {0}, true));
  const std::array<int64_t, 1> batch{shape[0]};
  TRY_ASSIGN(const ir::ValueId batch_size, integer_constant(call, batch, {1}));
  TRY_ASSIGN(const ir::ValueId dense, call.concat({batch_size, most}, 0));
  return Sparse{steps, positions, dense};
}

/// Minus the sum of the best scores of each sequence, [B,1].
Result<ir::ValueId> penalty(Call& call, ir::ValueId scores, ir::ValueId valid) {
  TRY_ASSIGN(const ir::ValueId best, call.reduce(ReduceKind::kMax, scores, {2}, false));
  TRY_ASSIGN(const ir::ValueId by_row, call.transpose(best, {1, 0}));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(scores).dtype));
  TRY_ASSIGN(const ir::ValueId counted, call.select(valid, by_row, zero));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ReduceKind::kSum, counted, {1}, true));
  return call.unary(ops::UnaryKind::kNeg, sum);
}

/// Scores [T,B,C], the last class the blank, and lengths [B]: positions [M,2] and classes [M] of what remains, the size it fills, and the penalty.
Result<Item> lower_ctc_greedy_decoder(Call& call) {
  TRY_ASSIGN(const ir::ValueId scores, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId lengths, call.tensor(1));
  TRY(call.want_rank(scores, 3, "the scores"));
  TRY(call.want_known(scores));
  const Shape shape = call.shape(scores);
  if (call.shape(lengths) != Shape{shape[1]}) return invalid_model(str("sequence_length is ", call.type(lengths).text(), ", want ", shape[1], " values"));
  if (shape.elements() == 0) return unsupported(str("scores of ", call.type(scores).text()));
  TRY_ASSIGN(const bool merge, call.flag("merge_repeated", kAttributeOnly));
  TRY_ASSIGN(const ir::ValueId classes, likeliest(call, scores));
  TRY_ASSIGN(const ir::ValueId valid, within(call, lengths, shape[0]));
  TRY_ASSIGN(const ir::ValueId blank, call.scalar(static_cast<double>(shape[2] - 1), DType::kI64));
  TRY_ASSIGN(const ir::ValueId printed, call.compare(CompareKind::kNotEqual, classes, blank));
  TRY_ASSIGN(ir::ValueId kept, call.binary(BinaryKind::kLogicalAnd, valid, printed));
  if (merge) {
    TRY_ASSIGN(const ir::ValueId fresh, changed(call, classes));
    TRY_ASSIGN(kept, call.binary(BinaryKind::kLogicalAnd, kept, fresh));
  }
  TRY_ASSIGN(const Sparse decoded, sparse(call, kept));
  TRY_ASSIGN(const ir::ValueId values, call.emit(std::make_shared<ops::GatherNd>(), {classes, decoded.steps}));
  TRY_ASSIGN(const ir::ValueId cost, penalty(call, scores, valid));
  return tuple_of(std::array{decoded.positions, values, decoded.shape, cost});
}

REGISTER_PRIMITIVE(CTCGreedyDecoder, lower_ctc_greedy_decoder);

}  // namespace
}  // namespace mindird::mindir
