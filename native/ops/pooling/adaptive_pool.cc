// AdaptivePool, one output element after the other over its own window. Averages are in double.
#include "ops/pooling/adaptive_pool.h"

#include <limits>

#include "ops/support.h"
#include "ops/pooling/adaptive_window.h"

namespace mindird::ops {
namespace {

template <class T>
T fold(AdaptivePoolKind kind, const Triple& in, const AdaptiveBox& box, const T* x) {
  if (kind == AdaptivePoolKind::kMax) {
    auto best = -std::numeric_limits<Compute<T>>::infinity();
    for_each_element(in, box, [&](int64_t at) {
      const auto value = load(x[at]);
      if (value > best || value != value) best = value;
    });
    return store<T>(best);
  }
  double sum = 0;
  int64_t count = 0;
  for_each_element(in, box, [&](int64_t at) {
    sum += widen(x[at]);
    ++count;
  });
  return narrow<T>(sum / static_cast<double>(count));
}

template <class T>
void pool(AdaptivePoolKind kind, const Triple& in, const Triple& out, std::span<const T> x, T* y) {
  const int64_t plane = volume(in);
  for (size_t at = 0; at < x.size(); at += static_cast<size_t>(plane)) {
    for (int64_t i = 0; i < volume(out); ++i) {
      *y++ = fold(kind, in, adaptive_box(in, out, i), x.data() + at);
    }
  }
}

}  // namespace

void AdaptivePool::attributes(ir::AttributeVisitor& v) {
  v.choice("kind", kind, kAdaptivePoolKindNames);
  v.field("size", size);
}

Result<ir::Types> AdaptivePool::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  TRY(expect_floating(in, 0));
  if (size.empty() || size.size() > 3) return invalid_argument(str("size has ", size.size(), " values, want 1 to 3"));
  TRY(expect_between("size", size, 1, kMaxWindowValue));
  TRY(expect_rank(in, 0, size.size() + 1, size.size() + 2));
  std::vector<int64_t> dims = in[0].shape.vector();
  for (size_t d = 0; d < size.size(); ++d) {
    int64_t& dim = dims[dims.size() - size.size() + d];
    if (dim < 1 || dim > kMaxWindowValue) {
      return invalid_argument(str("spatial dim ", d, " has size ", dim, ", want 1 to ", kMaxWindowValue));
    }
    dim = size[d];
  }
  return one_output({in[0].dtype, Shape(std::move(dims))});
}

Status AdaptivePool::evaluate(const ir::EvalArgs& args) const {
  const Triple in = to_triple(args.inputs[0].shape().dims().last(size.size()), 1);
  const Triple out = to_triple(size, 1);
  return dispatch_floating(args.outputs[0].dtype(), [&]<class T>() { pool<T>(kind, in, out, args.inputs[0].as<const T>(), args.outputs[0].as<T>().data()); });
}

double AdaptivePool::cost(std::span<const TensorType> in, std::span<const TensorType> out) const {
  return static_cast<double>(in[0].shape.elements()) + static_cast<double>(out[0].shape.elements());
}

std::optional<ir::BatchAxis> AdaptivePool::batch_axis(const ir::BatchArgs& args) const {
  const auto first_spatial = static_cast<int64_t>(args.inputs[0].shape.rank() - size.size());
  return args.axes[0].axis < first_spatial ? std::optional(args.axes[0]) : std::nullopt;
}

REGISTER_OP(AdaptivePool);

}  // namespace mindird::ops
