// Pad, PadV3, MirrorPad, and the paddings of one mode each.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/movement/pad_edges.h"
#include "mindir/primitives/movement/pairs.h"
#include "ops/movement/pad.h"

namespace mindird::mindir {
namespace {

constexpr int64_t kMaxPadding = int64_t{1} << 31U;

/// `pairs`: before and after of each dimension, first dimension first.
Result<Item> emit_pad(Call& call, ir::ValueId x, ops::PadMode mode, const std::vector<int64_t>& pairs, double value) {
  if (pairs.size() != 2 * call.rank(x)) return invalid_model(str(pairs.size(), " paddings, want ", 2 * call.rank(x)));
  for (const int64_t pad : pairs) {
    if (pad > kMaxPadding || pad < -kMaxPadding) return invalid_model(str("padding ", pad));
  }
  auto op = std::make_shared<ops::Pad>();
  op->mode = mode;
  op->value = value;
  for (size_t i = 0; i < pairs.size(); i += 2) {
    op->before.push_back(pairs[i]);
    op->after.push_back(pairs[i + 1]);
  }
  return call.result(call.emit(std::move(op), {x}));
}

Result<Item> lower_pad(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const auto pairs, pairs_of(call, call.argument("paddings", 1)));
  return emit_pad(call, x, ops::PadMode::kConstant, pairs, 0);
}

Result<Item> lower_mirror_pad(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const auto pairs, pairs_of(call, call.argument("paddings", 1)));
  TRY_ASSIGN(const std::string mode, call.text("mode", "REFLECT"));
  if (mode != "REFLECT" && mode != "SYMMETRIC") return unsupported(str("mode is ", mode, ", want REFLECT or SYMMETRIC"));
  return emit_pad(call, x, mode == "REFLECT" ? ops::PadMode::kReflect : ops::PadMode::kSymmetric, pairs, 0);
}

/// Pairs for the last dimensions, the very last first, as pairs of each dimension; other dimensions are not padded.
Result<std::vector<int64_t>> from_last(Call& call, ir::ValueId x, bool contiguous) {
  TRY_ASSIGN(const auto given, pairs_of(call, call.argument(call.op() == "PadV3" ? "paddings" : "padding", 1)));
  const size_t rank = call.rank(x);
  const size_t dims = given.size() / 2;
  if (given.size() % 2 != 0 || dims > rank) return invalid_model(str(given.size(), " paddings for rank ", rank));
  std::vector<int64_t> pairs(2 * rank, 0);
  for (size_t i = 0; i < dims; ++i) {
    const size_t dim = rank - 1 - i;
    pairs[2 * dim] = contiguous ? given[2 * i] : given[i];
    pairs[2 * dim + 1] = contiguous ? given[2 * i + 1] : given[dims + i];
  }
  for (const int64_t pad : pairs) {
    if (pad > kMaxPadding || pad < -kMaxPadding) return invalid_model(str("padding ", pad));
  }
  return pairs;
}

Result<Item> lower_pad_v3(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const bool contiguous, call.flag("paddings_contiguous", kAttributeOnly, true));
  TRY_ASSIGN(const auto pairs, from_last(call, x, contiguous));
  TRY_ASSIGN(const std::string mode, call.text("mode", "CONSTANT"));
  if (mode == "EDGE") return call.result(pad_with_edge(call, x, pairs));
  if (mode == "CIRCULAR") return call.result(pad_in_circle(call, x, pairs));
  if (mode == "REFLECT") return emit_pad(call, x, ops::PadMode::kReflect, pairs, 0);
  if (mode != "CONSTANT") return unsupported(str("mode is ", mode, ", want constant, reflect, edge or circular"));
  TRY_ASSIGN(const double value, call.number("value", 2, 0.0));
  return emit_pad(call, x, ops::PadMode::kConstant, pairs, value);
}

Result<Item> lower_constant_pad(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const auto pairs, from_last(call, x, true));
  TRY_ASSIGN(const double value, call.number("value", 2, 0.0));
  return emit_pad(call, x, ops::PadMode::kConstant, pairs, value);
}

/// Of the last `dims` dimensions.
LowerFunction reflection_pad(size_t dims) {
  return [dims](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const auto pairs, from_last(call, x, true));
    if (call.rank(x) < dims) return invalid_model(str("the input is ", call.type(x).text(), ", want rank ", dims, " or more"));
    return emit_pad(call, x, ops::PadMode::kReflect, pairs, 0);
  };
}

Result<Item> lower_replication_pad(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const auto pairs, from_last(call, x, true));
  return call.result(pad_with_edge(call, x, pairs));
}

REGISTER_PRIMITIVE(Pad, lower_pad);
REGISTER_PRIMITIVE(MirrorPad, lower_mirror_pad);
REGISTER_PRIMITIVE(PadV3, lower_pad_v3);
REGISTER_PRIMITIVE(ConstantPadND, lower_constant_pad);
REGISTER_PRIMITIVE(ReflectionPad1D, reflection_pad(1));
REGISTER_PRIMITIVE(ReflectionPad2D, reflection_pad(2));
REGISTER_PRIMITIVE(ReflectionPad3D, reflection_pad(3));
REGISTER_PRIMITIVE(ReplicationPad1D, lower_replication_pad);
REGISTER_PRIMITIVE(ReplicationPad2D, lower_replication_pad);
REGISTER_PRIMITIVE(ReplicationPad3D, lower_replication_pad);

}  // namespace
}  // namespace mindird::mindir
