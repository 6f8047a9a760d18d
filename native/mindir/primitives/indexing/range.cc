// Running numbers: Arange, and SequenceMask, which compares them.
#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/indexing/number_range.h"

namespace mindird::mindir {
namespace {

/// Numbers from start to end, end excluded, made as f64 or int64.
Result<ir::ValueId> numbers(Call& call, double start, double end, double step, DType dtype) {
  if (!(std::isfinite(start) && std::isfinite(end) && std::isfinite(step)) || step == 0)
    return invalid_model(str("numbers from ", start, " to ", end, " by ", step));
  const double count = std::max(std::ceil((end - start) / step), 0.0);
  if (count > static_cast<double>(kMaxMadeElements)) return unsupported(str(count, " numbers asked for, want at most ", kMaxMadeElements));
  const auto size = static_cast<size_t>(count);
  if (is_integer(dtype)) {
    std::vector<int64_t> values(size);
    for (size_t i = 0; i < size; ++i) values[i] = static_cast<int64_t>(start) + static_cast<int64_t>(i) * static_cast<int64_t>(step);
    TRY_ASSIGN(const ir::ValueId made, integer_constant(call, values, {static_cast<int64_t>(size)}));
    return call.cast(made, dtype);
  }
  std::vector<double> values(size);
  for (size_t i = 0; i < size; ++i) values[i] = start + static_cast<double>(i) * step;
  TRY_ASSIGN(const ir::ValueId made, call.constant({DType::kF64, Shape{static_cast<int64_t>(size)}}, std::as_bytes(std::span(values))));
  return call.cast(made, dtype);
}

/// Bounds that are known only at run time.
Result<Item> arange_at_run_time(Call& call) {
  std::vector<ir::ValueId> bounds;
  for (size_t i = 0; i < 3; ++i) {
    TRY_ASSIGN(const ir::ValueId given, call.tensor(i));
    TRY_ASSIGN(const ir::ValueId bound, call.reshape(given, {}));
    bounds.push_back(bound);
  }
  TRY_ASSIGN(const DType dtype, element_type_or(call, "dtype", 3, call.declared_type(0, call.type(bounds[0]).dtype)));
  const bool whole = std::all_of(bounds.begin(), bounds.end(), [&](ir::ValueId bound) { return is_integer(call.type(bound).dtype); });
  if (!whole && is_integer(dtype)) return unsupported(str("bounds with a fraction, known only at run time, of numbers of ", dtype_name(dtype)));
  for (ir::ValueId& bound : bounds) {
    TRY_ASSIGN(bound, call.cast(bound, whole ? DType::kI64 : DType::kF64));
  }
  TRY_ASSIGN(const ir::ValueId made, call.emit(std::make_shared<ops::NumberRange>(), std::move(bounds)));
  return call.result(call.cast(made, dtype));
}

/// In the type that is given, else in that of the start.
Result<Item> lower_arange(Call& call) {
  const auto known = [&call](size_t position) { return number_of(call.input(position)).has_value(); };
  if (call.input_count() >= 3 && !(known(0) && known(1) && known(2))) return arange_at_run_time(call);
  TRY_ASSIGN(const double start, call.number("start", 0));
  TRY_ASSIGN(const double end, call.number("end", 1));
  TRY_ASSIGN(const double step, call.number("step", 2));
  TRY_ASSIGN(const ir::ValueId first, call.tensor(0));
  TRY_ASSIGN(const DType dtype, element_type_or(call, "dtype", 3, call.declared_type(0, call.type(first).dtype)));
  constexpr double kExact = 0x1p53;
  if (std::fabs(start) > kExact || std::fabs(end) > kExact || std::fabs(step) > kExact)
    return unsupported(str("numbers from ", start, " to ", end, " by ", step));
  return call.result(numbers(call, start, end, step, dtype));
}

/// True in the first places of a line of `maxlen`, as many as each length says.
Result<Item> lower_sequence_mask(Call& call) {
  TRY_ASSIGN(ir::ValueId lengths, index_tensor(call, 0));
  TRY_ASSIGN(const int64_t longest, call.integer("maxlen", 1));
  TRY(call.want_known(lengths));
  std::vector<int64_t> dims = call.shape(lengths).vector();
  dims.push_back(1);
  TRY_ASSIGN(lengths, call.cast(lengths, DType::kI64));
  TRY_ASSIGN(lengths, call.reshape(lengths, std::move(dims)));
  TRY_ASSIGN(const ir::ValueId places, iota(call, longest));
  return call.result(call.compare(ops::CompareKind::kLess, places, lengths));
}

REGISTER_PRIMITIVE(Arange, lower_arange);
REGISTER_PRIMITIVE(SequenceMask, lower_sequence_mask);

}  // namespace
}  // namespace mindird::mindir
