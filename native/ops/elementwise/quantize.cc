#include "ops/elementwise/quantize.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

Status expect_scale(std::span<const TensorType> in, int64_t axis) {
  TRY(expect_arity(in, 2));
  TRY(expect_known(in));
  if (in[1].dtype != DType::kF32) return invalid_argument(str("the scale is ", in[1].text(), ", want f32"));
  if (in[1].shape.rank() == 0) return {};
  TRY_ASSIGN(const size_t at, expect_axis("axis", axis, in[0].shape.rank()));
  return expect_shape(in, 1, Shape{in[0].shape[at]});
}

/// Calls f(element, scale) for every element.
template <class F>
void for_scaled(const ir::EvalArgs& args, int64_t axis, F&& f) {
  const auto scales = args.inputs[1].as<const float>();
  const Shape& shape = args.inputs[0].shape();
  const auto count = static_cast<size_t>(shape.elements());
  const bool single = args.inputs[1].shape().rank() == 0;
  const size_t at = single ? 0 : *normalize_axis(axis, shape.rank());
  const size_t inner = single ? 1 : static_cast<size_t>(shape.strides()[at]);
  const size_t channels = single ? 1 : scales.size();
  for (size_t i = 0; i < count; ++i) f(i, scales[single ? 0 : i / inner % channels]);
}

/// A scale along the batch's dimension would differ from row to row.
std::optional<ir::BatchAxis> scaled_batch(const ir::BatchArgs& args, int64_t axis) {
  const auto batch = only_first_batched(args);
  if (!batch || args.inputs[1].shape.rank() == 0) return batch;
  const auto at = normalize_axis(axis, args.inputs[0].shape.rank());
  return !at || batch->axis == static_cast<int64_t>(*at) ? std::nullopt : batch;
}

}  // namespace

void Quantize::attributes(ir::AttributeVisitor& v) { v.field("axis", axis); }

Result<ir::Types> Quantize::infer(std::span<const TensorType> in) const {
  TRY(expect_scale(in, axis));
  if (!is_floating(in[0].dtype) || in[0].dtype == DType::kF64) return invalid_argument(str("input 0 is ", in[0].text(), ", want f32, f16 or bf16"));
  return one_output({DType::kI8, in[0].shape});
}

Status Quantize::evaluate(const ir::EvalArgs& args) const {
  const auto q = args.outputs[0].as<int8_t>();
  return dispatch_floating(args.inputs[0].dtype(), [&]<class T>() {
    const auto x = args.inputs[0].as<const T>();
    for_scaled(args, axis, [&](size_t i, float scale) {
      const float steps = std::nearbyint(static_cast<float>(x[i]) / scale);
      // Not a number has no place among the integers; it becomes 0, as a conversion on a GPU gives.
      q[i] = std::isnan(steps) ? int8_t{0} : static_cast<int8_t>(std::clamp(steps, -128.0F, 127.0F));
    });
  });
}

std::optional<ir::BatchAxis> Quantize::batch_axis(const ir::BatchArgs& args) const { return scaled_batch(args, axis); }

void Dequantize::attributes(ir::AttributeVisitor& v) { v.field("axis", axis); }

Result<ir::Types> Dequantize::infer(std::span<const TensorType> in) const {
  TRY(expect_scale(in, axis));
  if (in[0].dtype != DType::kI8) return invalid_argument(str("input 0 is ", in[0].text(), ", want i8"));
  return one_output({DType::kF32, in[0].shape});
}

Status Dequantize::evaluate(const ir::EvalArgs& args) const {
  const auto q = args.inputs[0].as<const int8_t>();
  const auto x = args.outputs[0].as<float>();
  for_scaled(args, axis, [&](size_t i, float scale) { x[i] = static_cast<float>(q[i]) * scale; });
  return {};
}

std::optional<ir::BatchAxis> Dequantize::batch_axis(const ir::BatchArgs& args) const { return scaled_batch(args, axis); }

REGISTER_OP(Quantize);
REGISTER_OP(Dequantize);

}  // namespace mindird::ops
