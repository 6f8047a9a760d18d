#include "mindir/primitives/scalar/number.h"

#include <compare>

namespace mindird::mindir {
namespace {

/// The order of an integer and a float without rounding either.
std::partial_ordering compare(int64_t x, double y) {
  constexpr double kBeyond = 9223372036854775808.0;
  if (y != y) return std::partial_ordering::unordered;
  if (y >= kBeyond) return std::partial_ordering::less;
  if (y < -kBeyond) return std::partial_ordering::greater;
  const auto whole_part = static_cast<int64_t>(y);
  if (x != whole_part) return x < whole_part ? std::partial_ordering::less : std::partial_ordering::greater;
  return 0.0 <=> (y - static_cast<double>(whole_part));
}

std::partial_ordering compare(const Number& x, const Number& y) {
  const auto i = whole(x);
  const auto j = whole(y);
  if (i && j) return *i <=> *j;
  if (i) return compare(*i, std::get<double>(y));
  if (j) return 0 <=> compare(*j, std::get<double>(x));
  return std::get<double>(x) <=> std::get<double>(y);
}

}  // namespace

std::optional<Number> known_number(const Item& item) {
  if (const auto* b = item.as<bool>()) return *b;
  if (const auto* i = item.as<int64_t>()) return *i;
  if (const auto* d = item.as<double>()) return *d;
  const auto* constant = item.as<ConstantPtr>();
  if (!constant || (*constant)->type().shape.rank() != 0) return std::nullopt;
  const DType dtype = (*constant)->type().dtype;
  const auto value = number_of(item);
  if (!value) return std::nullopt;
  if (dtype == DType::kBool) return *value != 0;
  if (is_floating(dtype)) return *value;
  const auto integers = integers_of(item);
  if (!integers || integers->size() != 1) return std::nullopt;
  return integers->front();
}

std::optional<int64_t> whole(const Number& number) {
  if (const auto* b = std::get_if<bool>(&number)) return *b ? 1 : 0;
  if (const auto* i = std::get_if<int64_t>(&number)) return *i;
  return std::nullopt;
}

double real(const Number& number) {
  const auto i = whole(number);
  return i ? static_cast<double>(*i) : std::get<double>(number);
}

bool equal(const Number& x, const Number& y) { return compare(x, y) == 0; }

bool less(const Number& x, const Number& y) { return compare(x, y) < 0; }

Item float_item(double value) { return static_cast<double>(static_cast<float>(value)); }

}  // namespace mindird::mindir
