// NVIDIA's TensorRT header, the only place that includes it, and what makes its objects usable: ownership and the entry points of the library.
// Everything in this folder is compiled once per header major.
#pragma once

#include <NvInfer.h>

#include <memory>

namespace mindird::engines::tensorrt {

namespace trt = nvinfer1;

/// TensorRT's objects are freed by `delete`.
template <class T>
using Owned = std::unique_ptr<T>;

/// A failed factory of a TensorRT without a device returns a small number rather than null.
template <class T>
Owned<T> own(T* object) {
  return Owned<T>(reinterpret_cast<uintptr_t>(object) < 65536 ? nullptr : object);
}

}  // namespace mindird::engines::tensorrt
