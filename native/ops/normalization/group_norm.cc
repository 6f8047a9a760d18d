// GroupNorm: each group of channels of a sample by its own moments, then the channel's gamma and beta, in double.
#include "ops/normalization/group_norm.h"

#include "ops/normalization/normalize.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

/// `x` is one group: as many channels as `gamma` has, of equal size.
template <class T>
void normalize_group(std::span<const T> x, std::span<T> y, std::span<const double> gamma, std::span<const double> beta, double epsilon) {
  const Moments m = moments(x, epsilon);
  const size_t inner = x.size() / gamma.size();
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t c = i / inner;
    y[i] = narrow<T>((widen(x[i]) - m.mean) * m.scale * gamma[c] + beta[c]);
  }
}

}  // namespace

void GroupNorm::attributes(ir::AttributeVisitor& v) {
  v.field("groups", groups);
  v.field("epsilon", epsilon);
}

Result<ir::Types> GroupNorm::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 3));
  TRY(expect_known(in));
  TRY(expect_rank(in, 0, 2));
  TRY(expect_parameter_dtype(in, 1));
  const int64_t channels = in[0].shape[1];
  if (groups < 1 || channels % groups != 0) return invalid_argument(str("groups is ", groups, ", want a divisor of the ", channels, " channels"));
  TRY(expect_shape(in, 1, Shape{channels}));
  TRY(expect_shape(in, 2, Shape{channels}));
  return one_output(in[0]);
}

Status GroupNorm::evaluate(const ir::EvalArgs& args) const {
  const Shape& shape = args.inputs[0].shape();
  if (shape.elements() == 0) return {};
  const auto gamma = to_doubles(args.inputs[1]);
  const auto beta = to_doubles(args.inputs[2]);
  const size_t channels = gamma.size() / static_cast<size_t>(groups);
  const size_t size = channels * static_cast<size_t>(shape.strides()[1]);
  return dispatch_floating(args.inputs[0].dtype(), [&]<class T>() {
    const auto x = args.inputs[0].as<const T>();
    const auto y = args.outputs[0].as<T>();
    for (size_t at = 0; at < x.size(); at += size) {
      const size_t first = at / size * channels % gamma.size();
      normalize_group<T>(x.subspan(at, size), y.subspan(at, size), std::span(gamma).subspan(first, channels), std::span(beta).subspan(first, channels),
                         epsilon);
    }
  });
}

double GroupNorm::cost(std::span<const TensorType> in, std::span<const TensorType>) const { return 4.0 * static_cast<double>(in[0].shape.elements()); }

std::optional<ir::BatchAxis> GroupNorm::batch_axis(const ir::BatchArgs& args) const {
  const auto axis = only_first_batched(args);
  return axis && axis->axis <= 0 ? axis : std::nullopt;
}

REGISTER_OP(GroupNorm);

}  // namespace mindird::ops
