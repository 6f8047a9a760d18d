// What is asked of tuples: lengths, members, positions, equality and order. Members are known numbers, texts or tuples of such.
#include <algorithm>

#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/scalar/number.h"
#include "mindir/primitives/tuple/members.h"

namespace mindird::mindir {
namespace {

Result<Item> lower_length(Call& call) {
  TRY_ASSIGN(const Items* x, members(call, 0));
  return Item(static_cast<int64_t>(x->size()));
}

/// How often `for row in x` runs: the first size of a tensor.
Result<Item> lower_rows(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  if (call.rank(x) == 0) return invalid_model(str("the length of ", call.type(x).text(), ", want rank 1 or more"));
  return Item(call.shape(x)[0]);
}

Result<Item> lower_equal(Call& call) {
  TRY_ASSIGN(const bool answer, same(call, call.input(0), call.input(1)));
  return Item(answer);
}

/// Is the first input a member of the second?
Result<Item> lower_contains(Call& call) {
  TRY_ASSIGN(const Items* x, members(call, 1));
  for (const Item& member : *x) {
    TRY_ASSIGN(const bool found, same(call, member, call.input(0)));
    if (found) return Item(true);
  }
  return Item(false);
}

Result<Item> lower_count(Call& call) {
  TRY_ASSIGN(const Items* x, members(call, 0));
  int64_t count = 0;
  for (const Item& member : *x) {
    TRY_ASSIGN(const bool found, same(call, member, call.input(1)));
    count += found ? 1 : 0;
  }
  return Item(count);
}

/// The first position between `start` and `end` of a member that is there.
Result<Item> lower_index(Call& call) {
  TRY_ASSIGN(const Items* x, members(call, 0));
  const auto size = static_cast<int64_t>(x->size());
  TRY_ASSIGN(const int64_t start, call.integer("start", 2, 0));
  TRY_ASSIGN(const int64_t end, call.integer("end", 3, size));
  const auto bound = [size](int64_t given) { return std::clamp<int64_t>(given < 0 ? given + size : given, 0, size); };
  for (int64_t i = bound(start); i < bound(end); ++i) {
    TRY_ASSIGN(const bool found, same(call, (*x)[static_cast<size_t>(i)], call.input(1)));
    if (found) return Item(i);
  }
  return invalid_model(str(call.input(1).text(), " is not in ", call.input(0).text()));
}

Result<std::vector<Number>> numbers(Call& call, size_t position) {
  TRY_ASSIGN(const Items* x, members(call, position));
  TRY(call.spend(x->size()));
  std::vector<Number> out;
  for (const Item& member : *x) {
    const auto number = known_number(member);
    if (!number) return unsupported(str("a member is ", member.text(), ", want known numbers"));
    out.push_back(*number);
  }
  return out;
}

LowerFunction extreme(bool greatest) {
  return [greatest](Call& call) -> Result<Item> {
    TRY_ASSIGN(const auto values, numbers(call, 0));
    if (values.empty()) return invalid_model("the tuple is empty");
    const auto found = greatest ? std::max_element(values.begin(), values.end(), less) : std::min_element(values.begin(), values.end(), less);
    return std::visit([](auto known) { return Item(known); }, *found);
  };
}

/// Lexicographic order: x < y, or x <= y with `or_equal`; with `exchanged` of y and x.
LowerFunction order(bool or_equal, bool exchanged) {
  return [or_equal, exchanged](Call& call) -> Result<Item> {
    TRY_ASSIGN(const auto x, numbers(call, exchanged ? 1 : 0));
    TRY_ASSIGN(const auto y, numbers(call, exchanged ? 0 : 1));
    const bool below = std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end(), less);
    const bool equals = std::equal(x.begin(), x.end(), y.begin(), y.end(), equal);
    return Item(below || (or_equal && equals));
  };
}

/// The product of known integers.
Result<Item> lower_product(Call& call) {
  TRY_ASSIGN(const std::vector<int64_t> dims, call.integers("input_data", 0));
  const auto product = checked_product(dims);
  if (!product) return invalid_model(str("the product of ", list_text<int64_t>(dims)));
  return Item(*product);
}

REGISTER_PRIMITIVE(sequence_len, lower_length);
REGISTER_PRIMITIVE(array_len, lower_rows);
REGISTER_PRIMITIVE(tuple_equal, lower_equal);
REGISTER_PRIMITIVE(list_equal, lower_equal);
REGISTER_PRIMITIVE(InSequence, lower_contains);
REGISTER_PRIMITIVE(SequenceCount, lower_count);
REGISTER_PRIMITIVE(SequenceIndex, lower_index);
REGISTER_PRIMITIVE(SequenceMax, extreme(true));
REGISTER_PRIMITIVE(SequenceMin, extreme(false));
REGISTER_PRIMITIVE(tuple_lt, order(false, false));
REGISTER_PRIMITIVE(tuple_le, order(true, false));
REGISTER_PRIMITIVE(tuple_greater_than, order(false, true));
REGISTER_PRIMITIVE(tuple_greater_equal, order(true, true));
REGISTER_PRIMITIVE(list_lt, order(false, false));
REGISTER_PRIMITIVE(list_le, order(true, false));
REGISTER_PRIMITIVE(list_greater_than, order(false, true));
REGISTER_PRIMITIVE(list_greater_equal, order(true, true));
REGISTER_PRIMITIVE(shape_mul, lower_product);

}  // namespace
}  // namespace mindird::mindir
