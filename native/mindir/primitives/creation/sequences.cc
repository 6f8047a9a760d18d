// Constants that follow a rule: LinSpace, Range, Eye, TrilIndices and TriuIndices, window functions. All arguments are constants of the file.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/creation/numbers.h"
#include "ops/indexing/number_range.h"

namespace mindird::mindir {
namespace {

/// num values from start to stop, both included, computed as start + i * step in the element type of start.
Result<Item> lower_lin_space(Call& call) {
  TRY_ASSIGN(const double start, call.number("start", 0));
  TRY_ASSIGN(const double stop, call.number("stop", 1));
  TRY_ASSIGN(const int64_t count, call.integer("num", 2));
  TRY(expect_created(count));
  TRY_ASSIGN(const ir::ValueId first, call.tensor(0));
  std::vector<double> values;
  const double step = count > 1 ? (stop - start) / static_cast<double>(count - 1) : 0;
  for (int64_t i = 0; i < count; ++i) values.push_back(i + 1 == count && count > 1 ? stop : start + step * static_cast<double>(i));
  return call.result(numbers(call, values, {count}, call.type(first).dtype));
}

/// Bounds that are known only at run time.
Result<Item> counted_at_run_time(Call& call) {
  TRY_ASSIGN(const ir::ValueId first, call.tensor(0));
  const DType dtype = call.declared_type(0, call.type(first).dtype);
  std::vector<ir::ValueId> bounds;
  for (size_t i = 0; i < 3; ++i) {
    TRY_ASSIGN(const ir::ValueId given, call.tensor(i));
    TRY_ASSIGN(const ir::ValueId bound, call.reshape(given, {}));
    TRY_ASSIGN(const ir::ValueId typed, call.cast(bound, dtype));
    bounds.push_back(typed);
  }
  auto op = std::make_shared<ops::NumberRange>();
  TRY_ASSIGN(const int64_t longest, call.integer("maxlen", 3, kMaxCreated));
  op->most = std::clamp<int64_t>(longest, 0, kMaxCreated);
  return call.result(call.emit(std::move(op), std::move(bounds)));
}

/// From start to limit, the limit excluded, in steps of delta.
Result<Item> lower_range(Call& call) {
  const auto known = [&call](size_t position) { return number_of(call.input(position)).has_value(); };
  if (call.input_count() >= 3 && !(known(0) && known(1) && known(2))) return counted_at_run_time(call);
  TRY_ASSIGN(const double start, call.number("start", 0));
  TRY_ASSIGN(const double limit, call.number("limit", 1));
  TRY_ASSIGN(const double delta, call.number("delta", 2));
  const double exact = std::ceil((limit - start) / delta);
  if (delta == 0 || !std::isfinite(exact)) return invalid_model(str("range from ", start, " to ", limit, " in steps of ", delta));
  if (exact > static_cast<double>(kMaxCreated)) return unsupported(str(exact, " numbers, want at most ", kMaxCreated));
  const int64_t count = exact > 0 ? static_cast<int64_t>(exact) : 0;
  TRY_ASSIGN(const ir::ValueId first, call.tensor(0));
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(start + delta * static_cast<double>(i));
  return call.result(numbers(call, values, {count}, call.declared_type(0, call.type(first).dtype)));
}

/// Ones where row and column are equal.
Result<Item> lower_eye(Call& call) {
  TRY_ASSIGN(const int64_t rows, call.integer("n", 0));
  TRY_ASSIGN(const int64_t columns, call.integer("m", 1));
  TRY_ASSIGN(const DType dtype, call.element_type(call.has("dtype") ? "dtype" : "t", 2));
  TRY(expect_created(rows));
  TRY(expect_created(columns));
  const auto count = checked_mul(rows, columns);
  if (!count) return invalid_model(str("size ", rows, " x ", columns));
  TRY(expect_created(*count));
  std::vector<double> values(static_cast<size_t>(*count), 0.0);
  for (int64_t i = 0; i < std::min(rows, columns); ++i) values[static_cast<size_t>(i * columns + i)] = 1;
  return call.result(numbers(call, values, {rows, columns}, dtype));
}

/// Row and column of each element on or below (above) a diagonal, in rows.
LowerFunction triangle_indices(bool upper) {
  return [upper](Call& call) -> Result<Item> {
    TRY_ASSIGN(const int64_t rows, call.integer("row", kAttributeOnly));
    TRY_ASSIGN(const int64_t columns, call.integer("col", kAttributeOnly));
    TRY_ASSIGN(const int64_t offset, call.integer("offset", kAttributeOnly, 0));
    TRY_ASSIGN(const DType dtype, call.element_type("dtype", kAttributeOnly));
    const auto elements = checked_mul(rows, columns);
    if (rows < 0 || columns < 0 || !elements || offset > kMaxCreated || offset < -kMaxCreated) return invalid_model(str("size ", rows, " x ", columns));
    TRY(expect_created(*elements));
    TRY(expect_created(2 * *elements));  // two numbers are the position of one
    std::vector<double> of_rows;
    std::vector<double> of_columns;
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        if (upper ? j - i < offset : j - i > offset) continue;
        of_rows.push_back(static_cast<double>(i));
        of_columns.push_back(static_cast<double>(j));
      }
    }
    const auto count = static_cast<int64_t>(of_rows.size());
    of_rows.insert(of_rows.end(), of_columns.begin(), of_columns.end());
    return call.result(numbers(call, of_rows, {2, count}, dtype));
  };
}

using Window = double (*)(double i, double span);

double hann_like(double alpha, double beta, double i, double span) { return alpha - beta * std::cos(2 * std::numbers::pi * i / span); }
double bartlett(double i, double span) { return 1 - std::abs(2 * i / span - 1); }
double blackman(double i, double span) { return 0.42 - 0.5 * std::cos(2 * std::numbers::pi * i / span) + 0.08 * std::cos(4 * std::numbers::pi * i / span); }

/// The attribute "dtype", where HammingWindow of 2.x has numbers of its own: 0 float32, 1 float16, 11 float64.
Result<DType> window_type(const Call& call) {
  const auto number = number_of(call.argument("dtype"));
  if (number == 0.0) return DType::kF32;
  if (number == 1.0) return DType::kF16;
  if (number == 11.0) return DType::kF64;
  return call.element_type("dtype", kAttributeOnly);
}

/// A window function over the number of elements given by input 0; a periodic one is the symmetric one of one element more, without the last.
template <class F>
Result<Item> window(Call& call, F&& function) {
  TRY_ASSIGN(const int64_t count, call.integer("window_length", 0));
  TRY(expect_created(count));
  TRY_ASSIGN(const bool periodic, call.flag("periodic", kAttributeOnly, true));
  TRY_ASSIGN(const DType dtype, window_type(call));
  const double span = static_cast<double>(periodic ? count : count - 1);
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(count == 1 ? 1 : function(static_cast<double>(i), span));
  return call.result(numbers(call, values, {count}, dtype));
}

LowerFunction plain_window(Window function) {
  return [function](Call& call) { return window(call, function); };
}

Result<Item> lower_hamming_window(Call& call) {
  TRY_ASSIGN(const double alpha, call.number("alpha", kAttributeOnly, 0.54));
  TRY_ASSIGN(const double beta, call.number("beta", kAttributeOnly, 0.46));
  return window(call, [alpha, beta](double i, double span) { return hann_like(alpha, beta, i, span); });
}

REGISTER_PRIMITIVE(LinSpace, lower_lin_space);
REGISTER_PRIMITIVE(Range, lower_range);
REGISTER_PRIMITIVE(RangeV2, lower_range);
REGISTER_PRIMITIVE(Eye, lower_eye);
REGISTER_PRIMITIVE(TrilIndices, triangle_indices(false));
REGISTER_PRIMITIVE(TriuIndices, triangle_indices(true));
REGISTER_PRIMITIVE(BartlettWindow, plain_window(bartlett));
REGISTER_PRIMITIVE(BlackmanWindow, plain_window(blackman));
REGISTER_PRIMITIVE(HammingWindow, lower_hamming_window);

}  // namespace
}  // namespace mindird::mindir
