#include "ops/support.h"

#include <algorithm>

namespace mindird::ops {
namespace {

/// Bytes fit even when dims of size 0 are left out, so that strides and volumes of parts fit as well.
bool size_fits(const TensorType& type) {
  int64_t bytes = static_cast<int64_t>(dtype_size(type.dtype));
  for (int64_t d : type.shape) {
    if (d > 0 && __builtin_mul_overflow(bytes, d, &bytes)) return false;
  }
  return true;
}

}  // namespace

Status expect_arity(std::span<const TensorType> in, size_t min, size_t max) {
  if (in.size() >= min && in.size() <= max) return {};
  if (min == max) return invalid_argument(str("has ", in.size(), " inputs, want ", min));
  return invalid_argument(str("has ", in.size(), " inputs, want ", min, " to ", max));
}

Status expect_rank(std::span<const TensorType> in, size_t i, size_t min, size_t max) {
  const size_t rank = in[i].shape.rank();
  if (rank >= min && rank <= max) return {};
  const std::string want = min == max ? str(min) : str(min, " to ", max);
  return invalid_argument(str("input ", i, " is ", in[i].text(), " of rank ", rank, ", want rank ", want));
}

Status expect_shape(std::span<const TensorType> in, size_t i, const Shape& want) {
  if (in[i].shape == want) return {};
  return invalid_argument(str("input ", i, " is ", in[i].text(), ", want shape ", want.text()));
}

Status expect_dtype(std::span<const TensorType> in, size_t i, DType want) {
  if (in[i].dtype == want) return {};
  return invalid_argument(str("input ", i, " is ", in[i].text(), ", want ", dtype_name(want)));
}

Status expect_same_dtype(std::span<const TensorType> in, size_t first) {
  for (size_t i = first + 1; i < in.size(); ++i) {
    if (in[i].dtype != in[first].dtype) {
      return invalid_argument(str("input ", i, " is ", in[i].text(), ", want ", dtype_name(in[first].dtype), " like input ", first));
    }
  }
  return {};
}

Status expect_floating(std::span<const TensorType> in, size_t i) {
  if (is_floating(in[i].dtype)) return {};
  return invalid_argument(str("input ", i, " is ", in[i].text(), ", want a floating-point type"));
}

Status expect_numeric(std::span<const TensorType> in, size_t i) {
  if (in[i].dtype != DType::kBool) return {};
  return invalid_argument(str("input ", i, " is ", in[i].text(), ", want a number type"));
}

Status expect_known(std::span<const TensorType> in) {
  for (size_t i = 0; i < in.size(); ++i) {
    if (!in[i].shape.known()) return unsupported(str("input ", i, " is ", in[i].text(), " with a size known only at run time"));
    if (!size_fits(in[i])) return invalid_argument(str("input ", i, " is ", in[i].text(), ", which is too large"));
  }
  return {};
}

Status expect_count(std::string_view attribute, std::span<const int64_t> values, size_t n) {
  if (values.size() == n) return {};
  return invalid_argument(str(attribute, " has ", values.size(), " values, want ", n));
}

Status expect_between(std::string_view attribute, std::span<const int64_t> values, int64_t low, int64_t high) {
  for (int64_t v : values) {
    if (v < low || v > high) return invalid_argument(str(attribute, " has the value ", v, ", want ", low, " to ", high));
  }
  return {};
}

Result<size_t> expect_axis(std::string_view attribute, int64_t axis, size_t rank) {
  if (const auto normal = normalize_axis(axis, rank)) return *normal;
  return invalid_argument(str(attribute, " is ", axis, ", want a dimension of a tensor of rank ", rank));
}

Result<ir::Types> one_output(TensorType type) {
  if (type.shape.rank() > kMaxRank) {
    return invalid_argument(str("output has rank ", type.shape.rank(), ", want at most ", kMaxRank));
  }
  if (!size_fits(type)) return invalid_argument(str("output ", type.text(), " is too large"));
  return ir::Types{std::move(type)};
}

std::optional<ir::BatchAxis> elementwise_batch_axis(const ir::BatchArgs& args) {
  const Shape& out = args.outputs[0].shape;
  const auto aligned = [&](size_t i, int64_t axis) { return axis + static_cast<int64_t>(out.rank() - args.inputs[i].shape.rank()); };
  std::optional<ir::BatchAxis> result;
  for (size_t i = 0; i < args.inputs.size(); ++i) {
    if (args.axes[i].axis < 0) continue;
    const ir::BatchAxis here{aligned(i, args.axes[i].axis), args.axes[i].inner};
    if (result && *result != here) return std::nullopt;
    const auto at = static_cast<size_t>(args.axes[i].axis);
    if (args.inputs[i].shape[at] != out[static_cast<size_t>(here.axis)]) return std::nullopt;
    result = here;
  }
  if (!result) return ir::BatchAxis{};
  // An input that does not depend on the batch may not distinguish rows either: it must be broadcast along the axis.
  for (size_t i = 0; i < args.inputs.size(); ++i) {
    const int64_t at = result->axis - aligned(i, 0);
    if (args.axes[i].axis < 0 && at >= 0 && args.inputs[i].shape[static_cast<size_t>(at)] != 1) return std::nullopt;
  }
  return result;
}

bool none_batched(const ir::BatchArgs& args) {
  return std::all_of(args.axes.begin(), args.axes.end(), [](const ir::BatchAxis& a) { return a.axis < 0; });
}

std::optional<ir::BatchAxis> only_first_batched(const ir::BatchArgs& args) {
  if (!none_batched({args.inputs.subspan(1), args.outputs, args.axes.subspan(1)})) return std::nullopt;
  return args.axes[0];
}

}  // namespace mindird::ops
