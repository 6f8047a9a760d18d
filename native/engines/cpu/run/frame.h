// What steps see at run time: areas (pieces of memory) by number. An area is part of the workspace, an input or output of the run, a
// constant, or memory allocated by a step whose output size depends on data.
#pragma once

#include <functional>
#include <vector>

#include "engines/cpu/base/layout.h"
#include "engines/engine.h"

namespace mindird::engines::cpu {

inline constexpr uint32_t kNoArea = ~uint32_t{0};

/// A position in memory known when the schedule is built.
struct Ref {
  uint32_t area = kNoArea;
  size_t offset = 0;
};

/// A value in memory.
struct Placed {
  Ref ref;
  DType dtype = DType::kF32;
  Layout layout;

  dnnl::memory::desc desc() const { return describe(dtype, layout); }
  TensorType type() const { return {dtype, layout.dims}; }
};

/// A value whose shape is known only at run time.
struct Dynamic {
  TensorType type;
  Buffer buffer;
};

/// One context's memory.
struct Frame {
  std::vector<std::byte*> areas;
  std::vector<Dynamic> dynamic;
  int threads = 1;
  dnnl::stream stream;

  std::byte* at(Ref ref) const { return areas[ref.area] + ref.offset; }
  template <class T>
  T* at(Ref ref) const {
    return reinterpret_cast<T*>(at(ref));
  }
  /// nullptr of an operand that a step has not.
  template <class T>
  T* at_or_null(Ref ref) const {
    return ref.area == kNoArea ? nullptr : at<T>(ref);
  }
  Tensor tensor(const Placed& placed) const { return {placed.type(), at(placed.ref)}; }
};

}  // namespace mindird::engines::cpu
