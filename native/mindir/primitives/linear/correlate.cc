// Correlate: NumPy's correlate of two vectors, a convolution whose kernel is not turned around.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/linear/conv.h"
#include "ops/movement/reverse.h"

namespace mindird::mindir {
namespace {

/// c[k] = sum over n of a[n + k] v[n]; of a shorter first vector the two change places and the result is turned around.
Result<Item> lower_correlate(Call& call) {
  TRY_ASSIGN(ir::ValueId a, call.tensor(0));
  TRY_ASSIGN(ir::ValueId v, call.tensor(1));
  TRY(call.want_rank(a, 1, "the first vector"));
  TRY(call.want_rank(v, 1, "the second vector"));
  TRY(call.want_known(a));
  TRY(call.want_known(v));
  TRY_ASSIGN(const int64_t mode, call.choice("pad_mode", 2, {"pad", "same", "valid", "full"}));
  if (mode < 1 || mode > 3) return unsupported(str("pad_mode is ", mode, ", want same, valid or full"));
  const DType dtype = call.declared_type(0, call.type(a).dtype);
  if (!is_floating(dtype)) return unsupported(str("vectors of ", call.type(a).text()));
  const bool exchanged = call.shape(a)[0] < call.shape(v)[0];
  if (exchanged) std::swap(a, v);
  const int64_t length = call.shape(a)[0];
  const int64_t taps = call.shape(v)[0];
  if (taps < 1) return invalid_model("an empty vector");
  const DType wide = dtype == DType::kF64 ? DType::kF64 : DType::kF32;
  TRY_ASSIGN(a, call.cast(a, wide));
  TRY_ASSIGN(v, call.cast(v, wide));
  TRY_ASSIGN(a, call.reshape(a, {1, 1, 1, length}));
  TRY_ASSIGN(v, call.reshape(v, {1, 1, 1, taps}));
  auto op = std::make_shared<ops::Conv>();
  op->stride = {1, 1};
  op->dilation = {1, 1};
  op->pad_begin = {0, mode == 2 ? 0 : mode == 1 ? taps / 2 : taps - 1};
  op->pad_end = {0, mode == 2 ? 0 : mode == 1 ? (taps - 1) / 2 : taps - 1};
  TRY_ASSIGN(ir::ValueId y, call.emit(std::move(op), {a, v}));
  if (exchanged) {
    auto turn = std::make_shared<ops::Reverse>();
    turn->axes = {3};
    TRY_ASSIGN(y, call.emit(std::move(turn), {y}));
  }
  TRY_ASSIGN(y, call.reshape(y, {call.shape(y)[3]}));
  return call.result(call.cast(y, dtype));
}

REGISTER_PRIMITIVE(Correlate, lower_correlate);

}  // namespace
}  // namespace mindird::mindir
