// Reductions of today's interface: over given axes or all, in a given element type, with positions, and moments.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/ordering/arg_reduce.h"

namespace mindird::mindir {
namespace {

using ops::ArgReduceKind;
using ops::BinaryKind;
using ops::CompareKind;
using ops::ReduceKind;
using ops::UnaryKind;

Result<std::vector<int64_t>> axes_at(const Call& call, ir::ValueId x, size_t position) {
  TRY_ASSIGN(const auto given, call.integers("dim", position, std::vector<int64_t>()));
  return call.axes(given, call.rank(x), true);
}

Item pair(ir::ValueId first, ir::ValueId second) { return make_tuple({Item(Computed{first}), Item(Computed{second})}); }

/// (x, dim, keepdim, dtype); integers are added and multiplied as int64, their mean is float32.
LowerFunction typed(ReduceKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const auto axes, axes_at(call, x, 1));
    TRY_ASSIGN(const bool keep_dims, call.flag("keepdim", 2, false));
    DType dtype = call.type(x).dtype;
    if (call.has("dtype", 3)) {
      TRY_ASSIGN(dtype, call.element_type("dtype", 3));
    } else if (!is_floating(dtype)) {
      dtype = kind == ReduceKind::kMean ? DType::kF32 : DType::kI64;
    }
    TRY_ASSIGN(x, call.cast(x, dtype));
    return call.result(call.reduce(kind, x, axes, keep_dims));
  };
}

/// The sum without NaN.
Result<Item> lower_nansum(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const auto axes, axes_at(call, x, 1));
  TRY_ASSIGN(const bool keep_dims, call.flag("keepdim", 2, false));
  if (is_floating(call.type(x).dtype)) {
    TRY_ASSIGN(const ir::ValueId is_nan, call.unary(UnaryKind::kIsNan, x));
    TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(x).dtype));
    TRY_ASSIGN(x, call.select(is_nan, zero, x));
  }
  DType dtype = is_floating(call.type(x).dtype) ? call.type(x).dtype : DType::kI64;
  if (call.has("dtype", 3)) {
    TRY_ASSIGN(dtype, call.element_type("dtype", 3));
  }
  TRY_ASSIGN(x, call.cast(x, dtype));
  return call.result(call.reduce(ReduceKind::kSum, x, axes, keep_dims));
}

/// Of all elements.
LowerFunction of_all(ReduceKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const auto axes, call.axes({}, call.rank(x), true));
    return call.result(call.reduce(kind, x, axes, false));
  };
}

Result<ir::ValueId> positions(Call& call, ir::ValueId x, ArgReduceKind kind, size_t axis, bool keep_dims) {
  auto op = std::make_shared<ops::ArgReduce>();
  op->kind = kind;
  op->axis = static_cast<int64_t>(axis);
  op->keep_dims = keep_dims;
  op->index_type = DType::kI64;
  return call.emit(std::move(op), {x});
}

/// MaxDim and MinDim: values and positions.
LowerFunction with_positions(ReduceKind kind, ArgReduceKind arg) {
  return [kind, arg](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const int64_t given, call.integer("dim", 1));
    TRY_ASSIGN(const bool keep_dims, call.flag("keepdim", 2, false));
    TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
    TRY_ASSIGN(const ir::ValueId values, call.reduce(kind, x, {static_cast<int64_t>(axis)}, keep_dims));
    TRY_ASSIGN(const ir::ValueId index, positions(call, x, arg, axis, keep_dims));
    return pair(values, index);
  };
}

/// ArgMaxExt and ArgMinExt: without an axis the position in the flattened tensor.
LowerFunction arg_ext(ArgReduceKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const bool keep_dims, call.flag("keepdim", 2, false));
    if (call.has("dim", 1)) {
      TRY_ASSIGN(const int64_t given, call.integer("dim", 1));
      TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
      return call.result(positions(call, x, kind, axis, keep_dims));
    }
    TRY(call.want_known(x));
    const size_t rank = call.rank(x);
    TRY_ASSIGN(x, call.reshape(x, {call.shape(x).elements()}));
    TRY_ASSIGN(const ir::ValueId index, positions(call, x, kind, 0, false));
    if (!keep_dims) return Item(Computed{index});
    return call.result(call.reshape(index, std::vector<int64_t>(rank, 1)));
  };
}

struct Moments {
  ir::ValueId variance = 0;
  ir::ValueId mean = 0;
};

/// Mean and the sum of squared differences over n - correction; (x, dim, correction, keepdim)
Result<Moments> moments(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  if (!is_floating(call.type(x).dtype)) return unsupported(str("the input is ", call.type(x).text(), ", want a floating-point type"));
  TRY_ASSIGN(const auto axes, axes_at(call, x, 1));
  TRY_ASSIGN(const int64_t correction, call.integer("correction", 2, 1));
  TRY_ASSIGN(const bool keep_dims, call.flag("keepdim", 3, false));
  double count = 1;
  for (const int64_t axis : axes) count *= static_cast<double>(call.shape(x)[static_cast<size_t>(axis)]);
  TRY_ASSIGN(const ir::ValueId mean, call.reduce(ReduceKind::kMean, x, axes, true));
  TRY_ASSIGN(const ir::ValueId centred, call.binary(BinaryKind::kSub, x, mean));
  TRY_ASSIGN(const ir::ValueId squares, call.unary(UnaryKind::kSquare, centred));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ReduceKind::kSum, squares, axes, keep_dims));
  Moments out;
  TRY_ASSIGN(out.variance, call.binary(BinaryKind::kDiv, sum, std::max(count - static_cast<double>(correction), 0.0)));
  TRY_ASSIGN(out.mean, call.reshape(mean, call.shape(sum).vector()));
  return out;
}

LowerFunction spread(bool root, bool with_mean) {
  return [root, with_mean](Call& call) -> Result<Item> {
    TRY_ASSIGN(Moments found, moments(call));
    if (root) {
      TRY_ASSIGN(found.variance, call.unary(UnaryKind::kSqrt, found.variance));
    }
    return with_mean ? pair(found.variance, found.mean) : Item(Computed{found.variance});
  };
}

/// log(sum(exp(x))), the maximum taken out first; (x, dim, keepdim)
Result<Item> lower_log_sum_exp(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  if (!is_floating(call.type(x).dtype)) {
    TRY_ASSIGN(x, call.cast(x, DType::kF32));
  }
  TRY_ASSIGN(const auto axes, axes_at(call, x, 1));
  TRY_ASSIGN(const bool keep_dims, call.flag("keepdim", 2, false));
  TRY_ASSIGN(const ir::ValueId top, call.reduce(ReduceKind::kMax, x, axes, true));
  TRY_ASSIGN(const ir::ValueId is_finite, call.unary(UnaryKind::kIsFinite, top));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId shift, call.select(is_finite, top, zero));
  TRY_ASSIGN(const ir::ValueId shifted, call.binary(BinaryKind::kSub, x, shift));
  TRY_ASSIGN(const ir::ValueId exponentials, call.unary(UnaryKind::kExp, shifted));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ReduceKind::kSum, exponentials, axes, keep_dims));
  TRY_ASSIGN(const ir::ValueId logarithm, call.unary(UnaryKind::kLog, sum));
  TRY(call.want_known(sum));
  TRY_ASSIGN(const ir::ValueId back, call.reshape(shift, call.shape(sum).vector()));
  return call.result(call.binary(BinaryKind::kAdd, logarithm, back));
}

/// How many elements are not zero; (x, dim)
Result<Item> lower_count(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const auto axes, axes_at(call, x, 1));
  TRY_ASSIGN(const ir::ValueId is_set, call.cast(x, DType::kBool));
  TRY_ASSIGN(const ir::ValueId numbers, call.cast(is_set, DType::kI64));
  return call.result(call.reduce(ReduceKind::kSum, numbers, axes, false));
}

/// Whether any element is set; (x, dim, keepdim)
Result<Item> lower_any(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const auto axes, axes_at(call, x, 1));
  TRY_ASSIGN(const bool keep_dims, call.flag("keepdim", 2, false));
  TRY_ASSIGN(const ir::ValueId is_set, call.cast(x, DType::kBool));
  return call.result(call.reduce(ReduceKind::kAny, is_set, axes, keep_dims));
}

REGISTER_PRIMITIVE(SumExt, typed(ReduceKind::kSum));
REGISTER_PRIMITIVE(MeanExt, typed(ReduceKind::kMean));
REGISTER_PRIMITIVE(ProdExt, typed(ReduceKind::kProd));
REGISTER_PRIMITIVE(Nansum, lower_nansum);
REGISTER_PRIMITIVE(Max, of_all(ReduceKind::kMax));
REGISTER_PRIMITIVE(Min, of_all(ReduceKind::kMin));
REGISTER_PRIMITIVE(MaxDim, with_positions(ReduceKind::kMax, ArgReduceKind::kMax));
REGISTER_PRIMITIVE(MinDim, with_positions(ReduceKind::kMin, ArgReduceKind::kMin));
REGISTER_PRIMITIVE(ArgMaxExt, arg_ext(ArgReduceKind::kMax));
REGISTER_PRIMITIVE(ArgMinExt, arg_ext(ArgReduceKind::kMin));
REGISTER_PRIMITIVE(Var, spread(false, false));
REGISTER_PRIMITIVE(Std, spread(true, false));
REGISTER_PRIMITIVE(VarMean, spread(false, true));
REGISTER_PRIMITIVE(StdMean, spread(true, true));
REGISTER_PRIMITIVE(LogSumExp, lower_log_sum_exp);
REGISTER_PRIMITIVE(CountNonZero, lower_count);
REGISTER_PRIMITIVE(Any, lower_any);
REGISTER_PRIMITIVE(AnyExt, lower_any);

}  // namespace
}  // namespace mindird::mindir
