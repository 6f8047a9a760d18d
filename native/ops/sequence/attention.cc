// Attention, query row by query row: scores, their softmax and the weighted sum of the rows of v, in double.
#include "ops/sequence/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/support.h"

namespace mindird::ops {
namespace {

struct Geometry {
  int64_t queries;  // S
  int64_t keys;     // L
  int64_t depth;    // D
  int64_t width;    // E
};

Geometry geometry(const Shape& q, const Shape& k, const Shape& v) {
  const size_t r = q.rank();
  return {q[r - 2], k[r - 2], q[r - 1], v[r - 1]};
}

Shape leading(const Shape& s) { return Shape(std::vector<int64_t>(s.begin(), s.end() - 2)); }

Shape with_last(Shape lead, int64_t rows, int64_t columns) {
  std::vector<int64_t> dims = lead.vector();
  dims.push_back(rows);
  dims.push_back(columns);
  return Shape(std::move(dims));
}

/// Strides of a mask along the dims of `scores`; 0 where it is broadcast.
std::vector<int64_t> mask_strides(const Shape& mask, const Shape& scores) {
  std::vector<int64_t> out(scores.rank(), 0);
  const auto own = mask.strides();
  for (size_t d = 0; d < mask.rank(); ++d) {
    if (mask[d] != 1) out[scores.rank() - mask.rank() + d] = own[d];
  }
  return out;
}

/// Offset in the mask of row `row` of the scores, counted over all leading dims and queries.
int64_t mask_row(const Shape& scores, std::span<const int64_t> strides, int64_t row) {
  int64_t offset = 0;
  for (size_t d = scores.rank() - 1; d-- > 0;) {
    offset += row % scores[d] * strides[d];
    row /= scores[d];
  }
  return offset;
}

void softmax(std::span<double> scores) {
  const double top = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& s : scores) sum += s = std::exp(s - top);
  for (double& s : scores) s /= sum;
}

/// Scores of one query row, before the mask.
template <class T>
void score(const Geometry& g, double scale, const T* q, const T* k, std::span<double> scores) {
  for (int64_t l = 0; l < g.keys; ++l) {
    double sum = 0;
    for (int64_t d = 0; d < g.depth; ++d) sum += widen(q[d]) * widen(k[l * g.depth + d]);
    scores[static_cast<size_t>(l)] = sum * scale;
  }
}

template <class T>
void weighted_rows(const Geometry& g, std::span<const double> weights, const T* v, T* y, std::span<double> sums) {
  std::fill(sums.begin(), sums.end(), 0.0);
  for (int64_t l = 0; l < g.keys; ++l) {
    const double weight = weights[static_cast<size_t>(l)];
    for (int64_t e = 0; e < g.width; ++e) sums[static_cast<size_t>(e)] += weight * widen(v[l * g.width + e]);
  }
  for (int64_t e = 0; e < g.width; ++e) y[e] = narrow<T>(sums[static_cast<size_t>(e)]);
}

template <class T>
void attend(const Geometry& g, double scale, const ir::EvalArgs& args) {
  if (args.outputs[0].elements() == 0) return;
  const T* q = args.inputs[0].as<const T>().data();
  const T* k = args.inputs[1].as<const T>().data();
  const T* v = args.inputs[2].as<const T>().data();
  T* y = args.outputs[0].as<T>().data();
  const Shape shape = with_last(leading(args.inputs[0].shape()), g.queries, g.keys);
  const T* mask = args.inputs.size() > 3 ? args.inputs[3].as<const T>().data() : nullptr;
  const auto strides = mask ? mask_strides(args.inputs[3].shape(), shape) : std::vector<int64_t>();
  std::vector<double> scores(static_cast<size_t>(g.keys));
  std::vector<double> sums(static_cast<size_t>(g.width));
  const int64_t rows = leading(shape).elements() * g.queries;
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t batch = row / g.queries;
    score(g, scale, q + row * g.depth, k + batch * g.keys * g.depth, scores);
    for (int64_t l = 0; mask && l < g.keys; ++l) {
      scores[static_cast<size_t>(l)] += widen(mask[mask_row(shape, strides, row) + l * strides.back()]);
    }
    softmax(scores);
    weighted_rows(g, scores, v + batch * g.keys * g.width, y + row * g.width, sums);
  }
}

/// The batch axis of input i counted from the end.
int64_t from_end(const ir::BatchArgs& args, size_t i) { return static_cast<int64_t>(args.inputs[i].shape.rank()) - args.axes[i].axis; }

/// A mask that does not depend on the batch must be broadcast along its dim `at` from the end.
bool mask_fits(const ir::BatchArgs& args, int64_t at, int64_t inner) {
  if (args.inputs.size() < 4) return true;
  if (args.axes[3].axis >= 0) return from_end(args, 3) == at && args.axes[3].inner == inner;
  const Shape& mask = args.inputs[3].shape;
  const auto rank = static_cast<int64_t>(mask.rank());
  return at > rank || mask[static_cast<size_t>(rank - at)] == 1;
}

}  // namespace

void Attention::attributes(ir::AttributeVisitor& v) { v.field("scale", scale); }

Result<ir::Types> Attention::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 3, 4));
  TRY(expect_known(in));
  TRY(expect_rank(in, 0, 2));
  const Shape& q = in[0].shape;
  const size_t r = q.rank();
  TRY(expect_rank(in, 1, r, r));
  TRY(expect_rank(in, 2, r, r));
  TRY(expect_floating(in, 0));
  TRY(expect_same_dtype(in));
  const Geometry g = geometry(q, in[1].shape, in[2].shape);
  TRY(expect_shape(in, 1, with_last(leading(q), g.keys, g.depth)));
  TRY(expect_shape(in, 2, with_last(leading(q), g.keys, g.width)));
  if (g.keys == 0) return invalid_argument(str("input 1 is ", in[1].text(), ", want at least one key"));
  if (in.size() > 3) {
    const Shape scores = with_last(leading(q), g.queries, g.keys);
    const auto both = broadcast_shapes(in[3].shape, scores);
    if (!both || *both != scores) return invalid_argument(str("mask is ", in[3].text(), ", want a shape that broadcasts to ", scores.text()));
  }
  return one_output({in[0].dtype, with_last(leading(q), g.queries, g.width)});
}

Status Attention::evaluate(const ir::EvalArgs& args) const {
  const Geometry g = geometry(args.inputs[0].shape(), args.inputs[1].shape(), args.inputs[2].shape());
  return dispatch_floating(args.outputs[0].dtype(), [&]<class T>() { attend<T>(g, scale, args); });
}

double Attention::cost(std::span<const TensorType> in, std::span<const TensorType>) const {
  const Geometry g = geometry(in[0].shape, in[1].shape, in[2].shape);
  const double pairs = static_cast<double>(leading(in[0].shape).elements()) * static_cast<double>(g.queries) * static_cast<double>(g.keys);
  return pairs * static_cast<double>(g.depth + g.width + 4);
}

std::optional<ir::BatchAxis> Attention::batch_axis(const ir::BatchArgs& args) const {
  if (none_batched(args)) return ir::BatchAxis{};
  if (args.axes[0].axis < 0) return std::nullopt;
  const int64_t at = from_end(args, 0);
  const bool same = args.axes[1] == args.axes[0] && args.axes[2] == args.axes[0];
  const bool shared = args.axes[1].axis < 0 && args.axes[2].axis < 0;
  // Rows are leading dims of q, k and v alike, or the queries of q against keys and values that all rows share.
  if (!((at > 2 && same) || (at == 2 && shared))) return std::nullopt;
  if (!mask_fits(args, at, args.axes[0].inner)) return std::nullopt;
  return args.axes[0];
}

REGISTER_OP(Attention);

}  // namespace mindird::ops
