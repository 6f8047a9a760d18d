#include "mindir/primitives/indexing/matrix_diagonals.h"

#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "mindir/primitives/indexing/take_positions.h"

namespace mindird::mindir {

int64_t Band::length(int64_t d) const { return std::min(rows + std::min<int64_t>(d, 0), columns - std::max<int64_t>(d, 0)); }

int64_t Band::longest() const { return std::min(rows + std::min<int64_t>(high, 0), columns - std::max<int64_t>(low, 0)); }

std::optional<int64_t> Band::place(int64_t i, int64_t j) const {
  const int64_t d = j - i;
  if (d < low || d > high) return std::nullopt;
  const bool left = (d >= 0 && upper_left) || (d <= 0 && lower_left);
  return (high - d) * longest() + std::min(i, j) + (left ? 0 : longest() - length(d));
}

Result<Band> band_of(Call& call, size_t position) {
  Band band;
  TRY_ASSIGN(const std::vector<int64_t> k, call.integers("k", position));
  TRY_ASSIGN(const std::string align, call.text("align", "RIGHT_LEFT"));
  if (k.empty() || k.size() > 2 || k.front() > k.back()) return invalid_model(str("k is ", list_text<int64_t>(k), ", want one number or two that rise"));
  if (k.front() < -kMaxMadeElements || k.back() > kMaxMadeElements) return invalid_model(str("k is ", list_text<int64_t>(k)));
  band.low = k.front();
  band.high = k.back();
  const bool known = align == "RIGHT_LEFT" || align == "LEFT_RIGHT" || align == "LEFT_LEFT" || align == "RIGHT_RIGHT";
  if (!known) return unsupported(str("align is ", align));
  band.upper_left = align.starts_with("LEFT");
  band.lower_left = align.ends_with("LEFT");
  return band;
}

Status check_band(const Band& band) {
  const bool inside = band.low > -std::max<int64_t>(band.rows, 1) && band.high < std::max<int64_t>(band.columns, 1);
  if (!inside || band.rows > kMaxMadeElements || band.columns > kMaxMadeElements) {
    return invalid_model(str("diagonals ", band.low, " to ", band.high, " of a matrix of ", band.rows, " rows and ", band.columns, " columns"));
  }
  return {};
}

namespace {

/// The diagonals as lines, the rest of a line filled up.
Result<Item> lower_part(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(Band band, band_of(call, 1));
  TRY_ASSIGN(const double filling, call.number("padding_value", 2));
  if (call.rank(x) < 2) return invalid_model(str("the input has type ", call.type(x).text(), ", want a matrix"));
  TRY(call.want_known(x));
  const Shape shape = call.shape(x);
  band.rows = shape[shape.rank() - 2];
  band.columns = shape[shape.rank() - 1];
  TRY(check_band(band));
  const int64_t longest = band.longest();
  if (band.count() > kMaxMadeElements / std::max<int64_t>(longest, 1)) return unsupported("that many diagonals");
  std::vector<int64_t> table(static_cast<size_t>(band.count() * longest), band.rows * band.columns);
  for (int64_t d = band.low; d <= band.high; ++d) {
    for (int64_t n = 0; n < band.length(d); ++n) {
      const int64_t i = n - std::min<int64_t>(d, 0);
      const int64_t j = n + std::max<int64_t>(d, 0);
      table[static_cast<size_t>(*band.place(i, j))] = i * band.columns + j;
    }
  }
  std::vector<int64_t> dims(shape.begin(), shape.end() - 2);
  if (band.count() > 1) dims.push_back(band.count());
  dims.push_back(longest);
  TRY_ASSIGN(const ir::ValueId padding, call.scalar(filling, call.type(x).dtype));
  return call.result(take_positions(call, {x, padding}, 2, table, std::move(dims)));
}

/// The elements of the band from `diagonals`, all others from behind them.
std::vector<int64_t> inside_and_outside(const Band& band, bool outside_is_one) {
  std::vector<int64_t> table;
  for (int64_t i = 0; i < band.rows; ++i) {
    for (int64_t j = 0; j < band.columns; ++j) {
      const int64_t behind = band.count() * band.longest() + (outside_is_one ? 0 : i * band.columns + j);
      table.push_back(band.place(i, j).value_or(behind));
    }
  }
  return table;
}

/// Sizes that are not given: as small as the diagonals allow, both alike when neither is.
Status choose_sizes(Band& band, int64_t longest) {
  const int64_t rows = longest - std::min<int64_t>(band.high, 0);
  const int64_t columns = longest + std::max<int64_t>(band.low, 0);
  if (band.rows < 0 && band.columns < 0) {
    band.rows = band.columns = std::max(rows, columns);
  } else if (band.rows < 0) {
    band.rows = rows;
  } else if (band.columns < 0) {
    band.columns = columns;
  }
  TRY(check_band(band));
  if (band.longest() != longest)
    return invalid_model(str("diagonals of ", longest, " elements do not fit ", band.rows, " rows and ", band.columns, " columns"));
  if (band.columns > 0 && band.rows > kMaxMadeElements / band.columns) return unsupported("a matrix of that size");
  return {};
}

/// A matrix of given diagonals, the rest filled up.
Result<Item> lower_diagonals(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(Band band, band_of(call, 1));
  TRY_ASSIGN(band.rows, call.integer("num_rows", 2));
  TRY_ASSIGN(band.columns, call.integer("num_cols", 3));
  TRY_ASSIGN(const double filling, call.number("padding_value", 4));
  TRY(call.want_known(x));
  const Shape shape = call.shape(x);
  const size_t own = band.count() > 1 ? 2 : 1;
  if (shape.rank() < own || (own == 2 && shape[shape.rank() - 2] != band.count())) {
    return invalid_model(str("the input has type ", call.type(x).text(), ", want ", band.count(), " diagonals"));
  }
  TRY(choose_sizes(band, shape[shape.rank() - 1]));
  std::vector<int64_t> dims(shape.begin(), shape.end() - static_cast<std::ptrdiff_t>(own));
  dims.push_back(band.rows);
  dims.push_back(band.columns);
  TRY_ASSIGN(const ir::ValueId padding, call.scalar(filling, call.type(x).dtype));
  return call.result(take_positions(call, {x, padding}, own, inside_and_outside(band, true), std::move(dims)));
}

/// x with its diagonals replaced.
Result<Item> lower_set(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId given, call.tensor(1));
  TRY_ASSIGN(Band band, band_of(call, 2));
  if (call.rank(x) < 2) return invalid_model(str("the input has type ", call.type(x).text(), ", want a matrix"));
  TRY(call.want_known(x));
  const Shape shape = call.shape(x);
  band.rows = shape[shape.rank() - 2];
  band.columns = shape[shape.rank() - 1];
  TRY(choose_sizes(band, band.longest()));
  std::vector<int64_t> lines(shape.begin(), shape.end() - 2);
  lines.push_back(band.count() * band.longest());
  TRY_ASSIGN(const ir::ValueId diagonals, call.reshape(given, lines));
  lines.back() = band.rows * band.columns;
  TRY_ASSIGN(const ir::ValueId matrix, call.reshape(x, lines));
  return call.result(take_positions(call, {diagonals, matrix}, 1, inside_and_outside(band, false), shape.vector()));
}

REGISTER_PRIMITIVE(MatrixDiagPartV3, lower_part);
REGISTER_PRIMITIVE(MatrixDiagV3, lower_diagonals);
REGISTER_PRIMITIVE(MatrixSetDiagV3, lower_set);

}  // namespace
}  // namespace mindird::mindir
