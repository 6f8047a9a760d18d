#include "ops/movement/identity.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status build(NodeBuilder& b) {
  trt::ITensor* x = b.input(0);
  return b.finish(x ? b.output_of(b.network().addIdentity(*x)) : x);
}

REGISTER_BUILDER(Identity, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
