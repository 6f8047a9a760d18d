// Primitives made for complex numbers, applied to real ones. Complex tensors are refused where they are declared.
#include <limits>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

Result<Item> lower_itself(Call& call) { return call.result(call.tensor(0)); }

Result<ir::ValueId> zeros_like(Call& call, ir::ValueId x) {
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId same, call.compare(ops::CompareKind::kEqual, x, x));
  return call.select(same, zero, zero);
}

Result<Item> lower_imag(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  return call.result(zeros_like(call, x));
}

Result<Item> lower_conjugate_transpose(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(std::vector<int64_t> perm, call.integers("perm", 1));
  for (int64_t& axis : perm) {
    TRY_ASSIGN(const size_t position, call.axis(axis, call.rank(x)));
    axis = static_cast<int64_t>(position);
  }
  return call.result(call.transpose(x, std::move(perm)));
}

/// The distance from 1 to the next number of the type, in every place of a tensor like x.
Result<Item> lower_eps(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  const DType dtype = call.type(x).dtype;
  double epsilon = std::numeric_limits<double>::epsilon();
  if (dtype == DType::kF32) epsilon = static_cast<double>(std::numeric_limits<float>::epsilon());
  if (dtype == DType::kF16) epsilon = 0x1p-10;
  if (dtype == DType::kBF16) epsilon = 0x1p-7;
  TRY_ASSIGN(const ir::ValueId zeros, zeros_like(call, x));
  return call.result(call.binary(ops::BinaryKind::kAdd, zeros, epsilon));
}

REGISTER_PRIMITIVE(Real, lower_itself);
REGISTER_PRIMITIVE(Conj, lower_itself);
REGISTER_PRIMITIVE(Imag, lower_imag);
REGISTER_PRIMITIVE(ConjugateTranspose, lower_conjugate_transpose);
REGISTER_PRIMITIVE(Eps, lower_eps);

}  // namespace
}  // namespace mindird::mindir
