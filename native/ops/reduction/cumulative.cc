#include "ops/reduction/cumulative.h"

#include <cmath>
#include <limits>

#include "ops/support.h"
#include "ops/indexing/support_index.h"

namespace mindird::ops {
namespace {

/// log(exp(a) + exp(b)) without leaving the range of the type; an infinity that is the larger of the two, or both, is the result.
double log_add_exp(double a, double b) {
  const double high = std::fmax(a, b);
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<double>::quiet_NaN();
  if (std::isinf(high)) return high;
  return high + std::log1p(std::exp(std::fmin(a, b) - high));
}

/// What MindSpore gives for the logarithm of a sum of nothing: the lowest number of the element type.
double lowest(DType dtype) {
  switch (dtype) {
    case DType::kF16: return -65504;
    case DType::kBF16: return -0x1.FEp127;
    case DType::kF64: return std::numeric_limits<double>::lowest();
    default: return static_cast<double>(std::numeric_limits<float>::lowest());
  }
}

/// `start` is the value before the first element.
template <class T, class F>
void scan_lines(const Tensor& x, const Tensor& y, const Cumulative& op, Accumulator<T> start, F&& join) {
  const AxisView view = split_axis(x.shape(), *normalize_axis(op.axis, x.shape().rank()));
  const auto from = x.as<const T>();
  const auto to = y.as<T>();
  for (int64_t line = 0; line < view.outer * view.inner; ++line) {
    const int64_t first = line / view.inner * view.size * view.inner + line % view.inner;
    Accumulator<T> total = start;
    for (int64_t i = 0; i < view.size; ++i) {
      const auto at = static_cast<size_t>(first + (op.reverse ? view.size - 1 - i : i) * view.inner);
      const Accumulator<T> before = total;
      total = join(total, widen(from[at]));
      to[at] = narrow<T>(op.exclusive ? before : total);
    }
  }
}

}  // namespace

void Cumulative::attributes(ir::AttributeVisitor& v) {
  v.choice("kind", kind, kCumulativeKindNames);
  v.field("axis", axis);
  v.field("exclusive", exclusive);
  v.field("reverse", reverse);
}

Result<ir::Types> Cumulative::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(kind == CumulativeKind::kLogSumExp ? expect_floating(in, 0) : expect_numeric(in, 0));
  TRY(expect_axis("axis", axis, in[0].shape.rank()).status());
  return one_output(in[0]);
}

Status Cumulative::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  const auto plus = [](auto a, auto b) { return a + b; };
  const auto times = [](auto a, auto b) { return a * b; };
  switch (kind) {
    case CumulativeKind::kSum: return dispatch_numeric(x.dtype(), [&]<class T>() { scan_lines<T>(x, y, *this, {}, plus); });
    case CumulativeKind::kProd: return dispatch_numeric(x.dtype(), [&]<class T>() { scan_lines<T>(x, y, *this, Accumulator<T>{1}, times); });
    case CumulativeKind::kLogSumExp: break;
  }
  return dispatch_floating(
      x.dtype(), [&]<class T>() { scan_lines<T>(x, y, *this, exclusive ? lowest(x.dtype()) : -std::numeric_limits<double>::infinity(), log_add_exp); });
}

std::optional<ir::BatchAxis> Cumulative::batch_axis(const ir::BatchArgs& args) const {
  return batch_axis_beside(args, *normalize_axis(axis, args.inputs[0].shape.rank()));
}

REGISTER_OP(Cumulative);

}  // namespace mindird::ops
