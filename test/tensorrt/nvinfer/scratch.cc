#include "scratch.h"

#include <dlfcn.h>

namespace mindird::test_nvinfer {
namespace {

template <class F>
F driver_function(const char* name) {
  return reinterpret_cast<F>(dlsym(dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL), name));
}

}  // namespace

Scratch::Scratch(size_t bytes) : bytes_(bytes) {
  static const auto allocate = driver_function<int32_t (*)(uint64_t*, size_t)>("cuMemAlloc_v2");
  if (bytes_ > 0 && allocate(&memory_, bytes_) != 0) memory_ = 0;
}

Scratch::~Scratch() {
  static const auto release = driver_function<int32_t (*)(uint64_t)>("cuMemFree_v2");
  if (memory_ != 0) release(memory_);
}

}  // namespace mindird::test_nvinfer
