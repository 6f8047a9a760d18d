// TopK: lines of keys with their positions, of which the first are brought in order.
#include "ops/ordering/top_k.h"

#include "engines/cpu/build/builder.h"
#include "engines/cpu/builders/views.h"
#include "engines/cpu/emit/ordered.h"

namespace mindird::engines::cpu {
namespace {

Status build(NodeBuilder& b) { return emit_ordered(b, b.op<ops::TopK>().axis, b.op<ops::TopK>().largest); }

REGISTER_BUILDER(TopK, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
