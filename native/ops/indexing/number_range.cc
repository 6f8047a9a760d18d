#include "ops/indexing/number_range.h"

#include <cmath>

#include "ops/support.h"

namespace mindird::ops {
namespace {

template <class T>
Status fill(const ir::EvalArgs& args, int64_t most) {
  const T start = args.inputs[0].as<const T>()[0];
  const T limit = args.inputs[1].as<const T>()[0];
  const T step = args.inputs[2].as<const T>()[0];
  // Nothing to count in steps of nothing is no error: a model is warmed with zeros.
  const double exact = start == limit ? 0 : std::ceil((static_cast<double>(limit) - static_cast<double>(start)) / static_cast<double>(step));
  if (!std::isfinite(exact)) return invalid_argument(str("a sequence from ", start, " to ", limit, " in steps of ", step));
  if (exact > static_cast<double>(most)) return invalid_argument(str("a sequence of more than ", most, " numbers"));
  const int64_t count = exact > 0 ? static_cast<int64_t>(exact) : 0;
  TRY(args.allocate(0, Shape{count}));
  const auto to = args.outputs[0].as<T>();
  for (int64_t i = 0; i < count; ++i) to[static_cast<size_t>(i)] = start + static_cast<T>(i) * step;
  return {};
}

}  // namespace

void NumberRange::attributes(ir::AttributeVisitor& v) { v.field("most", most); }

Result<ir::Types> NumberRange::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 3));
  const DType dtype = in[0].dtype;
  if (dtype != DType::kI32 && dtype != DType::kI64 && dtype != DType::kF32 && dtype != DType::kF64) {
    return invalid_argument(str("input 0 is ", in[0].text(), ", want i32, i64, f32 or f64"));
  }
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i].dtype != dtype || in[i].shape.rank() != 0) return invalid_argument(str("input ", i, " is ", in[i].text(), ", want ", dtype_name(dtype), "[]"));
  }
  if (most < 0 || most > kMostNumbers) return invalid_argument(str("most is ", most, ", want 0 to ", kMostNumbers));
  return one_output({dtype, Shape{-1}});
}

Status NumberRange::evaluate(const ir::EvalArgs& args) const {
  switch (args.inputs[0].dtype()) {
    case DType::kI32: return fill<int32_t>(args, most);
    case DType::kI64: return fill<int64_t>(args, most);
    case DType::kF32: return fill<float>(args, most);
    default: return fill<double>(args, most);
  }
}

std::optional<ir::BatchAxis> NumberRange::batch_axis(const ir::BatchArgs& args) const {
  // A length for all rows of a batch.
  return none_batched(args) ? std::optional(ir::BatchAxis{}) : std::nullopt;
}

REGISTER_OP(NumberRange);

}  // namespace mindird::ops
