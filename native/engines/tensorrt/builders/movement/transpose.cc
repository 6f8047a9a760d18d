#include "ops/movement/transpose.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status build(NodeBuilder& b) { return b.finish(b.transpose(b.input(0), b.op<ops::Transpose>().perm)); }

REGISTER_BUILDER(Transpose, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
