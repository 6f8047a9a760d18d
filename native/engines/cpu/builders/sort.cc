// Sort: lines of keys with their positions.
#include "ops/ordering/sort.h"

#include "engines/cpu/build/builder.h"
#include "engines/cpu/builders/views.h"
#include "engines/cpu/emit/ordered.h"

namespace mindird::engines::cpu {
namespace {

Status build(NodeBuilder& b) { return emit_ordered(b, b.op<ops::Sort>().axis, b.op<ops::Sort>().descending); }

REGISTER_BUILDER(Sort, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
