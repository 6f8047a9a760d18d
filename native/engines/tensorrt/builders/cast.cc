#include "ops/cast.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status build(NodeBuilder& b) { return b.finish(b.cast(b.input(0), b.output_type().dtype)); }

REGISTER_BUILDER(Cast, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
