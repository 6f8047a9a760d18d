// Reductions over axes; no axes (or None) means all of them.
#include "base/strings.h"
#include "mindir/constant_store.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;

Result<std::vector<int64_t>> axes_of(const Call& call, ir::ValueId x, std::string_view name) {
  TRY_ASSIGN(const auto given, call.integers(name, 1, std::vector<int64_t>()));
  return call.axes(given, call.rank(x), true);
}

LowerFunction reduce(ReduceKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const auto axes, axes_of(call, x, "axis"));
    TRY_ASSIGN(const bool keep_dims, call.flag("keep_dims", 2, false));
    return call.result(call.reduce(kind, x, axes, keep_dims));
  };
}

/// With skip_mode an empty list of axes leaves the tensor as it is.
Result<Item> lower_reduce_sum(Call& call) {
  TRY_ASSIGN(const bool skip, call.flag("skip_mode", 3, false));
  TRY_ASSIGN(const auto given, call.integers("axis", 1, std::vector<int64_t>()));
  if (skip && given.empty()) return call.input(0);
  return reduce(ReduceKind::kSum)(call);
}

/// Standard deviation and mean.
Result<Item> lower_reduce_std(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const auto axes, axes_of(call, x, "axis"));
  TRY_ASSIGN(const bool unbiased, call.flag("unbiased", 2, true));
  TRY_ASSIGN(const bool keep_dims, call.flag("keep_dims", 3, false));
  double count = 1;
  for (const int64_t axis : axes) count *= static_cast<double>(call.shape(x)[static_cast<size_t>(axis)]);
  TRY_ASSIGN(const ir::ValueId mean, call.reduce(ReduceKind::kMean, x, axes, true));
  TRY_ASSIGN(const ir::ValueId centred, call.binary(BinaryKind::kSub, x, mean));
  TRY_ASSIGN(const ir::ValueId squares, call.unary(ops::UnaryKind::kSquare, centred));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ReduceKind::kSum, squares, axes, keep_dims));
  TRY_ASSIGN(const ir::ValueId variance, call.binary(BinaryKind::kDiv, sum, unbiased ? count - 1 : count));
  TRY_ASSIGN(const ir::ValueId deviation, call.unary(ops::UnaryKind::kSqrt, variance));
  TRY_ASSIGN(const ir::ValueId shaped_mean, call.reshape(mean, call.shape(deviation).vector()));
  return make_tuple({Item(Computed{deviation}), Item(Computed{shaped_mean})});
}

REGISTER_PRIMITIVE(ReduceSum, lower_reduce_sum);
REGISTER_PRIMITIVE(ReduceMean, reduce(ReduceKind::kMean));
REGISTER_PRIMITIVE(ReduceMax, reduce(ReduceKind::kMax));
REGISTER_PRIMITIVE(ReduceMin, reduce(ReduceKind::kMin));
REGISTER_PRIMITIVE(ReduceProd, reduce(ReduceKind::kProd));
REGISTER_PRIMITIVE(ReduceAll, reduce(ReduceKind::kAll));
REGISTER_PRIMITIVE(ReduceAny, reduce(ReduceKind::kAny));
REGISTER_PRIMITIVE(ReduceStd, lower_reduce_std);

}  // namespace
}  // namespace mindird::mindir
