// Activations with parameters of their own.
#include <cmath>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;
using ops::UnaryKind;

/// From here on log1p(exp(x)) is x in single precision.
constexpr double kSoftplusIsLinear = 18;

LowerFunction parameterised(UnaryKind kind, std::string_view name, double missing) {
  return [kind, name, missing](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const double parameter, call.number(name, 1, missing));
    return call.result(call.unary(kind, x, parameter));
  };
}

Result<Item> lower_gelu_ext(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t approximate, call.choice("approximate", 1, {"none", "tanh"}, 0));
  if (approximate != 0 && approximate != 1) return unsupported(str("approximate is ", approximate, ", want 0 (none) or 1 (tanh)"));
  return call.result(call.unary(approximate == 0 ? UnaryKind::kGeluErf : UnaryKind::kGeluTanh, x));
}

/// log(1 + exp(beta x)) / beta, and x where beta x is above the threshold.
Result<Item> lower_softplus_ext(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const double beta, call.number("beta", 1, 1.0));
  TRY_ASSIGN(const double threshold, call.number("threshold", 2, 20.0));
  if (beta == 1.0 && threshold >= kSoftplusIsLinear) return call.result(call.unary(UnaryKind::kSoftplus, x));
  TRY_ASSIGN(const ir::ValueId scaled, call.binary(BinaryKind::kMul, x, beta));
  TRY_ASSIGN(const ir::ValueId soft, call.unary(UnaryKind::kSoftplus, scaled));
  TRY_ASSIGN(const ir::ValueId y, call.binary(BinaryKind::kDiv, soft, beta));
  TRY_ASSIGN(const ir::ValueId bound, call.scalar(threshold, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId above, call.compare(CompareKind::kGreater, scaled, bound));
  return call.result(call.select(above, x, y));
}

/// `value` where x is not above the threshold.
Result<Item> lower_threshold(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const double threshold, call.number("threshold", 1));
  TRY_ASSIGN(const double value, call.number("value", 2));
  TRY_ASSIGN(const ir::ValueId bound, call.scalar(threshold, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId other, call.scalar(value, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId low, call.compare(CompareKind::kLessEqual, x, bound));
  return call.result(call.select(low, other, x));
}

/// The halves of x along an axis.
Result<std::pair<ir::ValueId, ir::ValueId>> halves(Call& call, std::string_view axis_name) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const int64_t given, call.integer(axis_name, 1, -1));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  const int64_t size = call.shape(x)[axis];
  if (size % 2 != 0) return invalid_model(str("dimension ", axis, " of size ", size, " has no halves"));
  TRY_ASSIGN(const ir::ValueId first, call.slice(x, axis, 0, size / 2));
  TRY_ASSIGN(const ir::ValueId second, call.slice(x, axis, size / 2, size / 2));
  return std::pair(first, second);
}

/// first half * sigmoid(second half)
Result<Item> lower_glu(Call& call) {
  TRY_ASSIGN(const auto parts, halves(call, "axis"));
  TRY_ASSIGN(const ir::ValueId gate, call.unary(UnaryKind::kSigmoid, parts.second));
  return call.result(call.binary(BinaryKind::kMul, parts.first, gate));
}

/// silu(first half) * second half
Result<Item> lower_swiglu(Call& call) {
  TRY_ASSIGN(const auto parts, halves(call, "dim"));
  TRY_ASSIGN(const ir::ValueId gate, call.unary(UnaryKind::kSilu, parts.first));
  return call.result(call.binary(BinaryKind::kMul, gate, parts.second));
}

REGISTER_PRIMITIVE(EluExt, parameterised(UnaryKind::kElu, "alpha", 1.0));
REGISTER_PRIMITIVE(LeakyReLUExt, parameterised(UnaryKind::kLeakyRelu, "negative_slope", 0.01));
REGISTER_PRIMITIVE(GeluExt, lower_gelu_ext);
REGISTER_PRIMITIVE(SoftplusExt, lower_softplus_ext);
REGISTER_PRIMITIVE(Threshold, lower_threshold);
REGISTER_PRIMITIVE(GLU, lower_glu);
REGISTER_PRIMITIVE(Swiglu, lower_swiglu);

}  // namespace
}  // namespace mindird::mindir
