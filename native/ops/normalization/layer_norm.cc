// LayerNorm: each block of the normalised dims by its own moments, in double.
#include "ops/normalization/layer_norm.h"

#include "ops/normalization/normalize.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

Shape normalized_dims(const Shape& x, size_t begin) { return Shape(std::vector<int64_t>(x.begin() + static_cast<std::ptrdiff_t>(begin), x.end())); }

template <class T>
void normalize(std::span<const T> x, std::span<T> y, std::span<const double> gamma, std::span<const double> beta, double epsilon) {
  const size_t n = gamma.size();
  for (size_t at = 0; at < x.size(); at += n) {
    const Moments m = moments(x.subspan(at, n), epsilon);
    for (size_t i = 0; i < n; ++i) y[at + i] = narrow<T>((widen(x[at + i]) - m.mean) * m.scale * gamma[i] + beta[i]);
  }
}

}  // namespace

void LayerNorm::attributes(ir::AttributeVisitor& v) {
  v.field("begin_axis", begin_axis);
  v.field("epsilon", epsilon);
}

Result<ir::Types> LayerNorm::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 3));
  TRY(expect_known(in));
  TRY(expect_parameter_dtype(in, 1));
  TRY_ASSIGN(const size_t begin, expect_axis("begin_axis", begin_axis, in[0].shape.rank()));
  const Shape parameters = normalized_dims(in[0].shape, begin);
  TRY(expect_shape(in, 1, parameters));
  TRY(expect_shape(in, 2, parameters));
  return one_output(in[0]);
}

Status LayerNorm::evaluate(const ir::EvalArgs& args) const {
  const auto gamma = to_doubles(args.inputs[1]);
  const auto beta = to_doubles(args.inputs[2]);
  return dispatch_floating(args.inputs[0].dtype(),
                           [&]<class T>() { normalize<T>(args.inputs[0].as<const T>(), args.outputs[0].as<T>(), gamma, beta, epsilon); });
}

double LayerNorm::cost(std::span<const TensorType> in, std::span<const TensorType>) const { return 4.0 * static_cast<double>(in[0].shape.elements()); }

std::optional<ir::BatchAxis> LayerNorm::batch_axis(const ir::BatchArgs& args) const {
  const auto begin = normalize_axis(begin_axis, args.inputs[0].shape.rank());
  const auto axis = only_first_batched(args);
  if (!begin || !axis || axis->axis >= static_cast<int64_t>(*begin)) return std::nullopt;
  return axis;
}

REGISTER_OP(LayerNorm);

}  // namespace mindird::ops
