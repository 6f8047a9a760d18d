// Cast: an own kernel for every pair of element types. f32 to a half type and at once back is one pass that rounds: the first of the two leaves its input
// in its place, and the second finds f32 there.
#include "ops/elementwise/cast.h"

#include "engines/cpu/build/builder.h"
#include "engines/cpu/builders/views.h"
#include "engines/cpu/emit/elements.h"

namespace mindird::engines::cpu {
namespace {

bool is_half(DType dtype) { return dtype == DType::kF16 || dtype == DType::kBF16; }

/// Whether the only thing done with the result is to make f32 of it again.
bool goes_back(const NodeBuilder& b) {
  const ir::ValueId value = b.out_value();
  if (!b.graph().single_use(value)) return false;
  const ir::Node& user = b.graph().node(b.graph().value(value).uses[0].node);
  const auto* cast = ir::op_cast<ops::Cast>(*user.op);
  return cast && cast->to == DType::kF32;
}

Status build(NodeBuilder& b) {
  const DType from = b.in_type(0).dtype;
  const DType to = b.op<ops::Cast>().to;
  TRY_ASSIGN(const Placed x, b.in(0));
  if (b.optimize() && from == DType::kF32 && is_half(to) && goes_back(b)) {
    b.set_view(0, x);
    return {};
  }
  return build_elements(b, {x.dtype == from ? find_cast(from, to) : find_rounding(from)});
}

REGISTER_BUILDER(Cast, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
