// Python numbers whose value is known when a model is lowered.
#pragma once

#include <optional>
#include <variant>

#include "mindir/item.h"

namespace mindird::mindir {

using Number = std::variant<bool, int64_t, double>;

/// The number an item is: a Python number, or a constant of rank 0 of a type a Python number has. Nothing otherwise.
std::optional<Number> known_number(const Item& item);

/// A bool counts as 0 or 1; nothing for a float.
std::optional<int64_t> whole(const Number& number);
double real(const Number& number);

/// True when both are equal as Python compares them: True == 1 == 1.0.
bool equal(const Number& x, const Number& y);
/// True when x is less than y; never for NaN.
bool less(const Number& x, const Number& y);

/// A float as MindSpore computes with it at run time, in single precision.
Item float_item(double value);

}  // namespace mindird::mindir
