// Select: an own kernel that chooses elements by their size, over the operands' own strides, any broadcast.
#include "ops/elementwise/select.h"

#include "engines/cpu/build/builder.h"
#include "engines/cpu/builders/views.h"
#include "engines/cpu/emit/elements.h"

namespace mindird::engines::cpu {
namespace {

Status build(NodeBuilder& b) { return build_elements(b, {find_select(b.out_type().dtype)}); }

REGISTER_BUILDER(Select, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
