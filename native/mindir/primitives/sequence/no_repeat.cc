// NoRepeatNGram: tokens that would repeat n tokens of the sequence get the least score there is.
#include <limits>

#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;

/// [..., places]: whether the n - 1 tokens from a place on are the last of the sequence.
Result<ir::ValueId> repeats(Call& call, ir::ValueId tokens, int64_t n, int64_t places) {
  const size_t last = call.rank(tokens) - 1;
  const int64_t length = call.shape(tokens)[last];
  ir::ValueId all = 0;
  for (int64_t i = 0; i + 1 < n; ++i) {
    TRY_ASSIGN(const ir::ValueId here, call.slice(tokens, last, i, places));
    TRY_ASSIGN(const ir::ValueId at_end, call.slice(tokens, last, length - n + 1 + i, 1));
    TRY_ASSIGN(const ir::ValueId equal, call.compare(CompareKind::kEqual, here, at_end));
    if (i == 0) {
      all = equal;
    } else {
      TRY_ASSIGN(all, call.binary(BinaryKind::kLogicalAnd, all, equal));
    }
  }
  return all;
}

Result<Item> lower_no_repeat(Call& call) {
  TRY_ASSIGN(const ir::ValueId given, index_tensor(call, 0));
  TRY_ASSIGN(const ir::ValueId scores, call.tensor(1));
  TRY_ASSIGN(const int64_t n, call.integer("ngram_size", kAttributeOnly));
  TRY(call.want_known(given));
  TRY(call.want_known(scores));
  TRY(call.want_rank(given, 3, "the sequences"));
  TRY(call.want_rank(scores, 3, "the scores"));
  constexpr int64_t kLongest = 64;
  if (n < 2 || n > kLongest) return unsupported(str("ngram_size is ", n, ", want 2 to ", kLongest));
  TRY_ASSIGN(const ir::ValueId tokens, call.cast(given, DType::kI64));
  const Shape shape = call.shape(tokens);
  const int64_t places = shape[2] - n + 1;
  if (places < 1) return call.result(scores);
  TRY_ASSIGN(const ir::ValueId found, repeats(call, tokens, n, places));
  TRY_ASSIGN(const ir::ValueId next, call.slice(tokens, 2, n - 1, places));
  TRY_ASSIGN(const ir::ValueId candidates, iota(call, call.shape(scores)[2]));
  TRY_ASSIGN(const ir::ValueId next_column, call.reshape(next, {shape[0], shape[1], places, 1}));
  TRY_ASSIGN(const ir::ValueId found_column, call.reshape(found, {shape[0], shape[1], places, 1}));
  TRY_ASSIGN(const ir::ValueId named, call.compare(CompareKind::kEqual, next_column, candidates));
  TRY_ASSIGN(const ir::ValueId barred_at, call.binary(BinaryKind::kLogicalAnd, named, found_column));
  TRY_ASSIGN(const ir::ValueId barred, call.reduce(ops::ReduceKind::kAny, barred_at, {2}, false));
  const DType dtype = call.type(scores).dtype;
  constexpr double kLeastOfHalf = -65504;
  TRY_ASSIGN(const ir::ValueId least, call.scalar(dtype == DType::kF16 ? kLeastOfHalf : static_cast<double>(std::numeric_limits<float>::lowest()), dtype));
  return call.result(call.select(barred, least, scores));
}

REGISTER_PRIMITIVE(NoRepeatNGram, lower_no_repeat);

}  // namespace
}  // namespace mindird::mindir
