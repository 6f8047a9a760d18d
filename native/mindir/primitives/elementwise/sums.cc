// Sums of several tensors of one type, and of the squares in a tensor.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

Result<Item> lower_add_n(Call& call) {
  TRY_ASSIGN(const auto terms, call.tensors());
  if (call.has("n")) {  // up to 2.0
    TRY_ASSIGN(const int64_t count, call.integer("n", kAttributeOnly));
    if (count != static_cast<int64_t>(terms.size())) return invalid_model(str(terms.size(), " tensors, but n is ", count));
  }
  ir::ValueId sum = terms[0];
  for (size_t i = 1; i < terms.size(); ++i) {
    if (call.type(terms[i]) != call.type(sum)) return invalid_model(str("member ", i, " is ", call.type(terms[i]).text(), ", want ", call.type(sum).text()));
    TRY_ASSIGN(sum, call.binary(ops::BinaryKind::kAdd, sum, terms[i]));
  }
  return Item(Computed{sum});
}

Result<ir::ValueId> sum_of_squares(Call& call, size_t position) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(position));
  TRY_ASSIGN(const ir::ValueId squares, call.unary(ops::UnaryKind::kSquare, x));
  TRY_ASSIGN(const auto axes, call.axes({}, call.rank(x), true));
  return call.reduce(ops::ReduceKind::kSum, squares, axes, false);
}

/// One sum for each of two inputs.
Result<Item> lower_square_sum_all(Call& call) {
  TRY_ASSIGN(const ir::ValueId first, sum_of_squares(call, 0));
  TRY_ASSIGN(const ir::ValueId second, sum_of_squares(call, 1));
  return make_tuple({Item(Computed{first}), Item(Computed{second})});
}

REGISTER_PRIMITIVE(AddN, lower_add_n);
REGISTER_PRIMITIVE(AccumulateNV2, lower_add_n);
REGISTER_PRIMITIVE(SquareSumAll, lower_square_sum_all);

}  // namespace
}  // namespace mindird::mindir
