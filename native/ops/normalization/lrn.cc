// Lrn, element by element over its window of channels, in double.
#include "ops/normalization/lrn.h"

#include <algorithm>
#include <cmath>

#include "ops/support.h"

namespace mindird::ops {
namespace {

/// One sample of `channels` planes.
template <class T>
void normalize(const Lrn& op, int64_t channels, int64_t plane, const T* x, T* y) {
  for (int64_t c = 0; c < channels; ++c) {
    const int64_t first = std::max<int64_t>(c - op.depth_radius, 0);
    const int64_t last = std::min(c + op.depth_radius, channels - 1);
    for (int64_t i = 0; i < plane; ++i) {
      double squares = 0;
      for (int64_t k = first; k <= last; ++k) {
        const double v = widen(x[k * plane + i]);
        squares += v * v;
      }
      y[c * plane + i] = narrow<T>(widen(x[c * plane + i]) / std::pow(op.bias + op.alpha * squares, op.beta));
    }
  }
}

}  // namespace

void Lrn::attributes(ir::AttributeVisitor& v) {
  v.field("depth_radius", depth_radius);
  v.field("bias", bias);
  v.field("alpha", alpha);
  v.field("beta", beta);
}

Result<ir::Types> Lrn::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  TRY(expect_rank(in, 0, 4, 4));
  TRY(expect_floating(in, 0));
  TRY(expect_between("depth_radius", std::span(&depth_radius, 1), 0, kMaxWindowValue));
  return one_output(in[0]);
}

Status Lrn::evaluate(const ir::EvalArgs& args) const {
  const Shape& shape = args.inputs[0].shape();
  const int64_t plane = shape[2] * shape[3];
  return dispatch_floating(args.inputs[0].dtype(), [&]<class T>() {
    const T* x = args.inputs[0].as<const T>().data();
    T* y = args.outputs[0].as<T>().data();
    for (int64_t n = 0; n < shape[0]; ++n) normalize(*this, shape[1], plane, x + n * shape[1] * plane, y + n * shape[1] * plane);
  });
}

double Lrn::cost(std::span<const TensorType> in, std::span<const TensorType>) const {
  const double window = std::min(2.0 * static_cast<double>(depth_radius) + 1, static_cast<double>(in[0].shape[1]));
  return window * static_cast<double>(in[0].shape.elements());
}

std::optional<ir::BatchAxis> Lrn::batch_axis(const ir::BatchArgs& args) const { return args.axes[0].axis != 1 ? std::optional(args.axes[0]) : std::nullopt; }

REGISTER_OP(Lrn);

}  // namespace mindird::ops
