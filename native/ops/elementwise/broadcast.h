// Walks the elements of a broadcast operation: dims that lie side by side in all tensors are merged, and the innermost
// one is given to the caller as a run, so that its loop is over contiguous or constant operands.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace mindird::ops {

template <size_t N>
class BroadcastWalk {
 public:
  /// `inputs[i]` broadcasts to `output`.
  BroadcastWalk(const Shape& output, const std::array<const Shape*, N>& inputs) {
    std::array<std::vector<int64_t>, N> own;
    for (size_t i = 0; i < N; ++i) own[i] = inputs[i]->strides();
    for (size_t d = 0; d < output.rank(); ++d) {
      if (output[d] == 1) continue;
      Dim dim{output[d], {}};
      for (size_t i = 0; i < N; ++i) {
        const size_t missing = output.rank() - inputs[i]->rank();
        const bool moves = d >= missing && (*inputs[i])[d - missing] != 1;
        dim.step[i] = moves ? own[i][d - missing] : 0;
      }
      append(dim);
    }
    if (dims_.empty()) dims_.push_back({1, {}});
  }

  /// Length of the innermost run, and how far each input moves per element of it.
  int64_t run() const { return dims_.back().size; }
  int64_t step(size_t input) const { return dims_.back().step[input]; }

  /// Calls f(output offset, input offsets) for every run.
  template <class F>
  void for_each_run(F&& f) const {
    int64_t runs = 1;
    for (size_t d = 0; d + 1 < dims_.size(); ++d) runs *= dims_[d].size;
    if (run() == 0) return;
    std::vector<int64_t> index(dims_.size(), 0);
    std::array<int64_t, N> offset{};
    for (int64_t r = 0; r < runs; ++r) {
      f(r * run(), offset);
      for (size_t d = dims_.size() - 1; d-- > 0;) {
        for (size_t i = 0; i < N; ++i) offset[i] += dims_[d].step[i];
        if (++index[d] < dims_[d].size) break;
        for (size_t i = 0; i < N; ++i) offset[i] -= dims_[d].step[i] * dims_[d].size;
        index[d] = 0;
      }
    }
  }

 private:
  struct Dim {
    int64_t size;
    std::array<int64_t, N> step;
  };

  /// Adds an inner dim, merged with the one before when every input continues evenly.
  void append(const Dim& dim) {
    if (!dims_.empty()) {
      Dim& outer = dims_.back();
      bool even = true;
      for (size_t i = 0; i < N; ++i) even = even && outer.step[i] == dim.step[i] * dim.size;
      if (even) {
        outer = {outer.size * dim.size, dim.step};
        return;
      }
    }
    dims_.push_back(dim);
  }

  std::vector<Dim> dims_;
};

}  // namespace mindird::ops
