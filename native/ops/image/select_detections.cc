// Corners may be given in either order; a box without area overlaps nothing. Of equal scores the lower class comes first, then the first box. A score that is
// NaN is no detection.
#include "ops/image/select_detections.h"

#include <algorithm>
#include <array>
#include <vector>

#include "ops/support.h"

namespace mindird::ops {
namespace {

template <class C>
using Corners = std::array<C, 4>;

template <class C>
Corners<C> in_order(const Corners<C>& box) {
  return {std::min(box[0], box[2]), std::min(box[1], box[3]), std::max(box[0], box[2]), std::max(box[1], box[3])};
}

template <class C>
C area_of(const Corners<C>& box) {
  return (box[2] - box[0]) * (box[3] - box[1]);
}

/// The share of the area that both cover; corners in order.
template <class C>
C shared(const Corners<C>& a, const Corners<C>& b) {
  if (!(area_of(a) > 0) || !(area_of(b) > 0)) return 0;
  const C width = std::max<C>(std::min(a[2], b[2]) - std::max(a[0], b[0]), 0);
  const C height = std::max<C>(std::min(a[3], b[3]) - std::max(a[1], b[1]), 0);
  const C common = width * height;
  return common / (area_of(a) + area_of(b) - common);
}

/// The scalars.
template <class C>
struct Limits {
  int64_t per_class, total;
  C overlap, score;
};

template <class C>
struct Detection {
  Corners<C> box;
  C score;
  size_t kind;
};

/// One image: boxes [N,1 or C,4] and scores [N,C].
template <class T>
class Image {
 public:
  using C = Compute<T>;

  Image(std::span<const T> boxes, std::span<const T> scores, size_t kinds, size_t boxes_each)
      : boxes_(boxes), scores_(scores), kinds_(kinds), each_(boxes_each) {}

  /// The detections of all classes, the best first.
  std::vector<Detection<C>> select(const Limits<C>& limits) const {
    std::vector<Detection<C>> out;
    for (size_t kind = 0; kind < kinds_; ++kind) add_kind(kind, limits, out);
    std::stable_sort(out.begin(), out.end(), [](const Detection<C>& a, const Detection<C>& b) { return a.score > b.score; });
    return out;
  }

 private:
  C score(size_t i, size_t kind) const { return load(scores_[i * kinds_ + kind]); }
  Corners<C> box(size_t i, size_t kind) const {
    const T* corner = boxes_.data() + 4 * (i * each_ + (each_ == 1 ? 0 : kind));
    return {load(corner[0]), load(corner[1]), load(corner[2]), load(corner[3])};
  }

  void add_kind(size_t kind, const Limits<C>& limits, std::vector<Detection<C>>& out) const {
    std::vector<size_t> order;
    for (size_t i = 0; i < scores_.size() / kinds_; ++i) {
      if (score(i, kind) > limits.score) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return score(a, kind) > score(b, kind); });
    std::vector<Corners<C>> kept;
    for (const size_t i : order) {
      if (static_cast<int64_t>(kept.size()) >= limits.per_class) break;
      const Corners<C> candidate = in_order(box(i, kind));
      const auto overlaps = [&](const Corners<C>& better) { return shared(candidate, better) > limits.overlap; };
      if (std::any_of(kept.begin(), kept.end(), overlaps)) continue;
      kept.push_back(candidate);
      out.push_back({box(i, kind), score(i, kind), kind});
    }
  }

  std::span<const T> boxes_;
  std::span<const T> scores_;
  size_t kinds_;
  size_t each_;
};

template <class T>
Result<Limits<Compute<T>>> limits_of(std::span<const Tensor> in) {
  const auto whole = [&](size_t i) -> int64_t { return in[i].as<const int32_t>()[0]; };
  const Limits<Compute<T>> out{whole(2), whole(3), load(in[4].as<const T>()[0]), load(in[5].as<const T>()[0])};
  if (out.per_class < 0 || out.total < 0) return invalid_argument(str("at most ", out.per_class, " of a class and ", out.total, " in all, want 0 or more"));
  if (!(out.overlap >= 0 && out.overlap <= 1)) return invalid_argument(str("the overlap is ", out.overlap, ", want 0 to 1"));
  return out;
}

/// Rows of the outputs, beginning with zeros.
template <class T>
class Rows {
 public:
  explicit Rows(std::span<Tensor> out) : boxes_(out[0].as<T>()), scores_(out[1].as<T>()), kinds_(out[2].as<T>()) {
    for (const auto& all : {boxes_, scores_, kinds_}) std::fill(all.begin(), all.end(), T{});
  }
  void set(size_t row, const Detection<Compute<T>>& found, bool clip) const {
    for (size_t k = 0; k < 4; ++k) boxes_[row * 4 + k] = store<T>(clip ? std::clamp<Compute<T>>(found.box[k], 0, 1) : found.box[k]);
    scores_[row] = store<T>(found.score);
    kinds_[row] = store<T>(static_cast<Compute<T>>(found.kind));
  }

 private:
  std::span<T> boxes_;
  std::span<T> scores_;
  std::span<T> kinds_;
};

ir::Types results(DType dtype, int64_t images, int64_t rows) {
  return {{dtype, Shape{images, rows, 4}}, {dtype, Shape{images, rows}}, {dtype, Shape{images, rows}}, {DType::kI32, Shape{images}}};
}

}  // namespace

int64_t SelectDetections::rows_for(int64_t per_class, int64_t total, int64_t classes) const {
  // In each factor at most 2^31, so that the product fits.
  return narrow ? std::min(total, per_class * std::min(classes, kMaxWindowValue)) : total;
}

void SelectDetections::attributes(ir::AttributeVisitor& v) {
  v.field("rows", rows);
  v.field("narrow", narrow);
  v.field("clip", clip);
}

Result<ir::Types> SelectDetections::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 6));
  TRY(expect_known(in));
  TRY(expect_floating(in, 0));
  for (const size_t i : {1, 4, 5}) TRY(expect_dtype(in, i, in[0].dtype));
  for (const size_t i : {2, 3}) TRY(expect_dtype(in, i, DType::kI32));
  for (const size_t i : {2, 3, 4, 5}) TRY(expect_rank(in, i, 0, 0));
  TRY(expect_rank(in, 0, 4, 4));
  TRY(expect_rank(in, 1, 3, 3));
  const Shape& scores = in[1].shape;
  const int64_t each = in[0].shape[2] == 1 ? 1 : scores[2];
  TRY(expect_shape(in, 0, Shape{scores[0], scores[1], each, 4}));
  if (rows < -1 || rows > kMostRows) return invalid_argument(str("rows is ", rows, ", want 0 to ", kMostRows, ", or -1"));
  ir::Types out = results(in[0].dtype, scores[0], rows);
  if (rows >= 0) TRY(expect_known(out));
  return out;
}

Status SelectDetections::evaluate(const ir::EvalArgs& args) const {
  const Shape& shape = args.inputs[1].shape();
  const auto kinds = static_cast<size_t>(shape[2]);
  const auto each = static_cast<size_t>(args.inputs[0].shape()[2]);
  const auto count = static_cast<size_t>(shape[1]);
  return dispatch_floating(args.inputs[0].dtype(), [&]<class T>() -> Status {
    TRY_ASSIGN(const auto limits, limits_of<T>(args.inputs));
    const int64_t wanted = rows_for(limits.per_class, limits.total, shape[2]);
    if (rows >= 0 && wanted != rows) return invalid_argument(str("the limits come to ", wanted, " rows, want ", rows));
    if (wanted > kMostRows) return invalid_argument(str("the limits come to ", wanted, " rows, want at most ", kMostRows));
    if (rows < 0) {
      const ir::Types types = results(args.inputs[0].dtype(), shape[0], wanted);
      TRY(expect_known(types));
      for (size_t i = 0; i < types.size(); ++i) TRY(args.allocate(i, types[i].shape));
    }
    const auto boxes = args.inputs[0].as<const T>();
    const auto scores = args.inputs[1].as<const T>();
    const auto counts = args.outputs[3].as<int32_t>();
    const Rows<T> out(args.outputs);
    for (size_t b = 0; b < counts.size(); ++b) {
      const Image<T> image(boxes.subspan(b * count * each * 4, count * each * 4), scores.subspan(b * count * kinds, count * kinds), kinds, each);
      const auto found = image.select(limits);
      const size_t taken = std::min(found.size(), static_cast<size_t>(wanted));
      counts[b] = static_cast<int32_t>(taken);
      for (size_t i = 0; i < taken; ++i) out.set(b * static_cast<size_t>(wanted) + i, found[i], clip);
    }
    return {};
  });
}

double SelectDetections::cost(std::span<const TensorType> in, std::span<const TensorType>) const {
  // Each box of a class with each better one.
  return 8 * static_cast<double>(in[1].shape.elements()) * static_cast<double>(in[1].shape[1]);
}

std::optional<ir::BatchAxis> SelectDetections::batch_axis(const ir::BatchArgs& args) const {
  if (none_batched(args)) return ir::BatchAxis{};
  if (rows < 0 || args.axes[0] != ir::BatchAxis{0, 1} || args.axes[1] != ir::BatchAxis{0, 1}) return std::nullopt;
  const bool limits_shared = std::all_of(args.axes.begin() + 2, args.axes.end(), [](const ir::BatchAxis& axis) { return axis.axis < 0; });
  return limits_shared ? std::optional(ir::BatchAxis{0, 1}) : std::nullopt;
}

REGISTER_OP(SelectDetections);

}  // namespace mindird::ops
