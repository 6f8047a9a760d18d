#include "ops/normalization/channel_affine.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status build(NodeBuilder& b) {
  const size_t rank = b.rank(0);
  const size_t axis = *normalize_axis(b.op<ops::ChannelAffine>().axis, rank);
  std::vector<int64_t> dims(rank, 1);
  dims[axis] = b.type(0).shape[axis];
  const auto parameter = [&](size_t i) {
    trt::ITensor* t = b.reshape(b.input(i), Shape(dims));
    return t && b.type(i).dtype != b.type(0).dtype ? b.cast(t, b.type(0).dtype) : t;
  };
  trt::ITensor* scaled = b.binary(b.input(0), parameter(1), trt::ElementWiseOperation::kPROD);
  return b.finish(b.binary(scaled, parameter(2), trt::ElementWiseOperation::kSUM));
}

REGISTER_BUILDER(ChannelAffine, {.supports = floating_input, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
