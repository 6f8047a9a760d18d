#include "engines/tensorrt/take.h"

namespace mindird::engines::tensorrt {

trt::ITensor* take(NodeBuilder& b, trt::ITensor* x, std::span<const int64_t> indices, size_t axis) {
  trt::ITensor* places = b.integers(indices, Shape{static_cast<int64_t>(indices.size())});
  return x && places ? b.output_of(b.network().addGather(*x, *places, static_cast<int32_t>(axis))) : nullptr;
}

}  // namespace mindird::engines::tensorrt
