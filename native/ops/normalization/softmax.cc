// Softmax: per lane along the axis the maximum is subtracted before exp, so that nothing overflows. Sums are in double.
#include "ops/normalization/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/support.h"

namespace mindird::ops {
namespace {

/// One lane of n elements, `stride` apart.
template <class T>
void lane(bool log, int64_t n, int64_t stride, const T* x, T* y) {
  double top = -std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < n; ++i) top = std::max(top, widen(x[i * stride]));
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += std::exp(widen(x[i * stride]) - top);
  const double log_sum = std::log(sum);
  for (int64_t i = 0; i < n; ++i) {
    const double shifted = widen(x[i * stride]) - top;
    y[i * stride] = narrow<T>(log ? shifted - log_sum : std::exp(shifted) / sum);
  }
}

}  // namespace

void Softmax::attributes(ir::AttributeVisitor& v) {
  v.field("axis", axis);
  v.field("log", log);
}

Result<ir::Types> Softmax::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  TRY(expect_floating(in, 0));
  TRY(expect_axis("axis", axis, in[0].shape.rank()).status());
  return one_output(in[0]);
}

Status Softmax::evaluate(const ir::EvalArgs& args) const {
  const Shape& shape = args.inputs[0].shape();
  TRY_ASSIGN(const size_t at, expect_axis("axis", axis, shape.rank()));
  if (shape.elements() == 0) return {};
  const int64_t n = shape[at];
  const int64_t inner = shape.strides()[at];
  return dispatch_floating(args.inputs[0].dtype(), [&]<class T>() {
    const T* x = args.inputs[0].as<const T>().data();
    T* y = args.outputs[0].as<T>().data();
    for (int64_t block = 0; block < shape.elements(); block += n * inner) {
      for (int64_t i = 0; i < inner; ++i) lane<T>(log, n, inner, x + block + i, y + block + i);
    }
  });
}

double Softmax::cost(std::span<const TensorType> in, std::span<const TensorType>) const { return 4.0 * static_cast<double>(in[0].shape.elements()); }

std::optional<ir::BatchAxis> Softmax::batch_axis(const ir::BatchArgs& args) const {
  const auto at = normalize_axis(axis, args.inputs[0].shape.rank());
  if (!at || args.axes[0].axis == static_cast<int64_t>(*at)) return std::nullopt;
  return args.axes[0];
}

REGISTER_OP(Softmax);

}  // namespace mindird::ops
