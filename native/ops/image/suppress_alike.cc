// Likeness at the threshold drops, as in MindSpore's NonMaxSuppressionWithOverlaps; row i of the matrix says what i is like. Of equal scores the first comes
// first. A score that is NaN does not count, a likeness that is NaN drops nothing.
#include "ops/image/suppress_alike.h"

#include <algorithm>
#include <vector>

#include "ops/support.h"

namespace mindird::ops {
namespace {

/// Positions of the scores above `least`, the highest first.
template <class T>
std::vector<size_t> candidates(std::span<const T> scores, Compute<T> least) {
  std::vector<size_t> out;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (load(scores[i]) > least) out.push_back(i);
  }
  std::stable_sort(out.begin(), out.end(), [&](size_t a, size_t b) { return load(scores[a]) > load(scores[b]); });
  return out;
}

Status check_shapes(const Shape& likeness, const Shape& scores) {
  if (likeness[0] == scores[0] && likeness[1] == scores[0]) return {};
  return invalid_argument(str("likeness of ", likeness.text(), " and scores of ", scores.text(), ", want [N,N] and [N]"));
}

}  // namespace

Result<ir::Types> SuppressAlike::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 5));
  TRY(expect_floating(in, 0));
  TRY(expect_rank(in, 0, 2, 2));
  TRY(expect_rank(in, 1, 1, 1));
  for (const size_t i : {1, 3, 4}) TRY(expect_dtype(in, i, in[0].dtype));
  for (const size_t i : {2, 3, 4}) TRY(expect_rank(in, i, 0, 0));
  TRY(expect_dtype(in, 2, DType::kI32));
  if (in[0].shape.known() && in[1].shape.known()) TRY(check_shapes(in[0].shape, in[1].shape));
  return one_output({DType::kI32, Shape{-1}});
}

Status SuppressAlike::evaluate(const ir::EvalArgs& args) const {
  const Tensor& likeness = args.inputs[0];
  const Tensor& scores = args.inputs[1];
  TRY(check_shapes(likeness.shape(), scores.shape()));
  const int64_t most = args.inputs[2].as<const int32_t>()[0];
  if (most < 0) return invalid_argument(str("at most ", most, " are kept, want 0 or more"));
  return dispatch_floating(likeness.dtype(), [&]<class T>() -> Status {
    const auto alike = likeness.as<const T>();
    const auto count = static_cast<size_t>(scores.shape()[0]);
    const auto drops = load(args.inputs[3].as<const T>()[0]);
    std::vector<size_t> kept;
    for (const size_t i : candidates<T>(scores.as<const T>(), load(args.inputs[4].as<const T>()[0]))) {
      if (static_cast<int64_t>(kept.size()) >= most) break;
      if (std::none_of(kept.begin(), kept.end(), [&](size_t k) { return load(alike[i * count + k]) >= drops; })) kept.push_back(i);
    }
    TRY(args.allocate(0, Shape{static_cast<int64_t>(kept.size())}));
    std::transform(kept.begin(), kept.end(), args.outputs[0].as<int32_t>().begin(), [](size_t i) { return static_cast<int32_t>(i); });
    return {};
  });
}

double SuppressAlike::cost(std::span<const TensorType> in, std::span<const TensorType>) const {
  return in[0].shape.known() ? static_cast<double>(in[0].shape.elements()) : 0;
}

std::optional<ir::BatchAxis> SuppressAlike::batch_axis(const ir::BatchArgs& args) const {
  return none_batched(args) ? std::optional(ir::BatchAxis{}) : std::nullopt;
}

REGISTER_OP(SuppressAlike);

}  // namespace mindird::ops
