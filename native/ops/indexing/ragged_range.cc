// Each number of a sequence of reals is the one before plus the step, with the rounding that this brings, as in MindSpore's RaggedRange.
#include "ops/indexing/ragged_range.h"

#include <cmath>
#include <vector>

#include "ops/support.h"

namespace mindird::ops {
namespace {

/// How many numbers one sequence has, `most` + 1 standing for more. None where the limit is not ahead. Nothing to count in steps of nothing is no error: a
/// model is warmed with zeros.
template <class T>
Result<int64_t> length(T start, T limit, T step, int64_t most) {
  if (start == limit) return 0;
  if (step == 0) return invalid_argument(str("a sequence from ", start, " to ", limit, " in steps of 0"));
  if constexpr (std::is_integral_v<T>) {
    if ((step > 0) != (limit > start)) return 0;
    const auto whole = [](T value) { return static_cast<uint64_t>(value); };
    const uint64_t distance = step > 0 ? whole(limit) - whole(start) : whole(start) - whole(limit);
    const uint64_t by = step > 0 ? whole(step) : uint64_t{0} - whole(step);
    const uint64_t count = distance / by + (distance % by != 0 ? 1 : 0);
    return count > static_cast<uint64_t>(most) ? most + 1 : static_cast<int64_t>(count);
  } else {
    const double exact = std::ceil((static_cast<double>(limit) - static_cast<double>(start)) / static_cast<double>(step));
    if (std::isnan(exact)) return invalid_argument(str("a sequence from ", start, " to ", limit, " in steps of ", step));
    if (exact <= 0) return 0;
    return exact > static_cast<double>(most) ? most + 1 : static_cast<int64_t>(exact);
  }
}

template <class T>
T next_number(T value, T step) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<uint64_t>(value) + static_cast<uint64_t>(step));
  } else {
    return value + step;
  }
}

template <class T>
Status fill_all(const RaggedRange& op, const ir::EvalArgs& args) {
  const auto start = args.inputs[0].as<const T>();
  const auto limit = args.inputs[1].as<const T>();
  const auto step = args.inputs[2].as<const T>();
  if (limit.size() != start.size() || step.size() != start.size()) {
    return invalid_argument(str(start.size(), " starts, ", limit.size(), " limits and ", step.size(), " steps, want as many of each"));
  }
  std::vector<int64_t> begins{0};
  for (size_t i = 0; i < start.size(); ++i) {
    TRY_ASSIGN(const int64_t count, length(start[i], limit[i], step[i], op.most));
    if (begins.back() + count > op.most) return invalid_argument(str("sequences of more than ", op.most, " numbers"));
    begins.push_back(begins.back() + count);
  }
  TRY(args.allocate(0, Shape{static_cast<int64_t>(begins.size())}));
  TRY(args.allocate(1, Shape{begins.back()}));
  for (size_t i = 0; i < begins.size(); ++i) {
    if (op.splits == DType::kI32) {
      args.outputs[0].as<int32_t>()[i] = static_cast<int32_t>(begins[i]);
    } else {
      args.outputs[0].as<int64_t>()[i] = begins[i];
    }
  }
  T* to = args.outputs[1].as<T>().data();
  for (size_t i = 0; i < start.size(); ++i) {
    T value = start[i];
    for (int64_t k = begins[i]; k < begins[i + 1]; ++k, value = next_number(value, step[i])) *to++ = value;
  }
  return {};
}

}  // namespace

void RaggedRange::attributes(ir::AttributeVisitor& v) {
  v.field("splits", splits);
  v.field("most", most);
}

Result<ir::Types> RaggedRange::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 3));
  TRY(expect_same_dtype(in));
  const DType dtype = in[0].dtype;
  if (dtype != DType::kI32 && dtype != DType::kI64 && dtype != DType::kF32 && dtype != DType::kF64) {
    return invalid_argument(str("input 0 is ", in[0].text(), ", want i32, i64, f32 or f64"));
  }
  for (size_t i = 0; i < in.size(); ++i) {
    TRY(expect_rank(in, i, 0, 1));
    if (in[i].shape.known() && in[0].shape.known()) TRY(expect_shape(in, i, in[0].shape));
  }
  if (splits != DType::kI32 && splits != DType::kI64) return invalid_argument(str("splits is ", dtype_name(splits), ", want i32 or i64"));
  if (most < 0 || most > kMostNumbers) return invalid_argument(str("most is ", most, ", want 0 to ", kMostNumbers));
  const int64_t count = in[0].shape.rank() == 0 ? 1 : in[0].shape[0];
  return ir::Types{{splits, Shape{count < 0 ? -1 : count + 1}}, {dtype, Shape{-1}}};
}

Status RaggedRange::evaluate(const ir::EvalArgs& args) const {
  switch (args.inputs[0].dtype()) {
    case DType::kI32: return fill_all<int32_t>(*this, args);
    case DType::kI64: return fill_all<int64_t>(*this, args);
    case DType::kF32: return fill_all<float>(*this, args);
    default: return fill_all<double>(*this, args);
  }
}

std::optional<ir::BatchAxis> RaggedRange::batch_axis(const ir::BatchArgs& args) const {
  return none_batched(args) ? std::optional(ir::BatchAxis{}) : std::nullopt;
}

REGISTER_OP(RaggedRange);

}  // namespace mindird::ops
