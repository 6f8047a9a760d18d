#include "ops/movement/reshape.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status build(NodeBuilder& b) { return b.finish(b.reshape(b.input(0), b.output_type().shape)); }

REGISTER_BUILDER(Reshape, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
