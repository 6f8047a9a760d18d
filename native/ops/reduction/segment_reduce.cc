#include "ops/reduction/segment_reduce.h"

#include <algorithm>
#include <cmath>

#include "ops/elementwise/binary_functions.h"
#include "ops/elementwise/saturate.h"
#include "ops/indexing/support_index.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

/// What the data may ask for when it tells the number of segments: a number in a request must not take all memory.
constexpr int64_t kMostSegments = int64_t{1} << 24U;
constexpr int64_t kMostElements = int64_t{1} << 28U;

/// `value` as the nearest T.
template <class T>
T nearest(double value) {
  if constexpr (std::is_integral_v<T>) {
    return saturate<T>(value);
  } else {
    return static_cast<T>(static_cast<Compute<T>>(value));
  }
}

struct Sizes {
  size_t segments = 0;
  size_t slices = 0;
  size_t run = 0;  // elements of a slice
};

/// Sums and products are kept in a wider type until they are complete.
template <class T>
Status accumulate(const SegmentReduce& op, const Tensor& x, const Tensor& ids, const Tensor& y, const Sizes& sizes) {
  using A = Accumulator<T>;
  const bool product = op.kind == SegmentKind::kProd;
  std::vector<A> totals(sizes.segments * sizes.run, product ? A{1} : A{});
  std::vector<int64_t> counts(sizes.segments);
  const auto from = x.as<const T>();
  for (size_t i = 0; i < sizes.slices; ++i) {
    const int64_t id = read_index(ids, i);
    if (id < 0) continue;
    ++counts[static_cast<size_t>(id)];
    A* to = totals.data() + static_cast<size_t>(id) * sizes.run;
    for (size_t j = 0; j < sizes.run; ++j) to[j] = product ? to[j] * widen(from[i * sizes.run + j]) : to[j] + widen(from[i * sizes.run + j]);
  }
  const auto result = y.as<T>();
  for (size_t i = 0; i < totals.size(); ++i) {
    const int64_t count = counts[i / sizes.run];
    double divisor = 1;
    if (op.kind == SegmentKind::kMean) divisor = static_cast<double>(count);
    if (op.kind == SegmentKind::kSqrtN) divisor = std::sqrt(static_cast<double>(count));
    if (count == 0) {
      result[i] = nearest<T>(op.empty);
    } else if constexpr (std::is_integral_v<T>) {
      // Only means divide integers; they truncate.
      using Wide = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
      result[i] = op.kind == SegmentKind::kMean ? static_cast<T>(static_cast<Wide>(totals[i]) / static_cast<Wide>(count)) : narrow<T>(totals[i]);
    } else {
      result[i] = narrow<T>(totals[i] / divisor);
    }
  }
  return {};
}

template <class T>
Status choose(const SegmentReduce& op, const Tensor& x, const Tensor& ids, const Tensor& y, const Sizes& sizes) {
  std::vector<bool> seen(sizes.segments);
  const auto from = x.as<const T>();
  const auto to = y.as<T>();
  std::fill(to.begin(), to.end(), nearest<T>(op.empty));
  for (size_t i = 0; i < sizes.slices; ++i) {
    const int64_t id = read_index(ids, i);
    if (id < 0) continue;
    const auto segment = static_cast<size_t>(id);
    for (size_t j = 0; j < sizes.run; ++j) {
      T& best = to[segment * sizes.run + j];
      const T candidate = from[i * sizes.run + j];
      const auto better = [&] {
        return op.kind == SegmentKind::kMax ? binary::maximum(load(best), load(candidate)) : binary::minimum(load(best), load(candidate));
      };
      best = seen[segment] ? store<T>(better()) : candidate;
    }
    seen[segment] = true;
  }
  return {};
}

}  // namespace

void SegmentReduce::attributes(ir::AttributeVisitor& v) {
  v.choice("kind", kind, kSegmentKindNames);
  v.field("segments", segments);
  v.field("empty", empty);
}

Result<ir::Types> SegmentReduce::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2));
  TRY(expect_known(in));
  TRY(expect_index_type(in, 1));
  TRY(kind == SegmentKind::kSqrtN ? expect_floating(in, 0) : expect_numeric(in, 0));
  const Shape& x = in[0].shape;
  const Shape& ids = in[1].shape;
  if (segments < -1) return invalid_argument(str("segments is ", segments, ", want -1 or more"));
  if (ids.rank() > x.rank() || !std::equal(ids.begin(), ids.end(), x.begin())) {
    return invalid_argument(str("input 1 is ", in[1].text(), ", want the leading dimensions of ", in[0].text()));
  }
  std::vector<int64_t> dims{segments};
  dims.insert(dims.end(), x.begin() + static_cast<std::ptrdiff_t>(ids.rank()), x.end());
  return one_output({in[0].dtype, Shape(std::move(dims))});
}

Status SegmentReduce::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& ids = args.inputs[1];
  int64_t largest = -1;
  Sizes sizes;
  sizes.slices = static_cast<size_t>(ids.elements());
  for (size_t i = 0; i < sizes.slices; ++i) largest = std::max(largest, read_index(ids, i));
  if (segments >= 0 && largest >= segments) return invalid_argument(str("segment ", largest, ", want at most ", segments - 1));
  if (segments < 0) {
    if (largest >= kMostSegments) return invalid_argument(str("segment ", largest, ", want less than ", kMostSegments));
    std::vector<int64_t> dims{largest + 1};
    dims.insert(dims.end(), x.shape().begin() + static_cast<std::ptrdiff_t>(ids.shape().rank()), x.shape().end());
    const Shape shape(std::move(dims));
    const auto elements = shape.checked_elements();
    if (!elements || *elements > kMostElements)
      return invalid_argument(str("segment ", largest, " asks for a result of shape ", shape.text(), ", which is too large"));
    TRY(args.allocate(0, shape));
  }
  const Tensor& y = args.outputs[0];
  if (y.elements() == 0) return {};
  sizes.segments = static_cast<size_t>(y.shape()[0]);
  sizes.run = static_cast<size_t>(y.elements()) / sizes.segments;
  return dispatch_numeric(x.dtype(), [&]<class T>() {
    const bool chosen = kind == SegmentKind::kMax || kind == SegmentKind::kMin;
    return chosen ? choose<T>(*this, x, ids, y, sizes) : accumulate<T>(*this, x, ids, y, sizes);
  });
}

double SegmentReduce::cost(std::span<const TensorType> in, std::span<const TensorType> out) const {
  const double written = out[0].shape.known() ? static_cast<double>(out[0].shape.elements()) : 0;
  return static_cast<double>(in[0].shape.elements()) + written;
}

std::optional<ir::BatchAxis> SegmentReduce::batch_axis(const ir::BatchArgs& args) const {
  const auto first = only_first_batched(args);
  if (!first || first->axis < 0) return first;
  const auto numbered = static_cast<int64_t>(args.inputs[1].shape.rank());
  if (first->axis < numbered) return std::nullopt;
  return ir::BatchAxis{first->axis - numbered + 1, first->inner};
}

REGISTER_OP(SegmentReduce);

}  // namespace mindird::ops
