#include "engines/cpu/base/loop_nest.h"

namespace mindird::engines::cpu {

LoopNest::LoopNest(const Layout& output, const std::vector<Layout>& inputs) {
  const size_t rank = output.dims.rank();
  for (size_t d : output.memory_order()) {
    if (output.dims[d] == 1) continue;
    Dim dim{output.dims[d], {}};
    dim.step[0] = output.strides[d];
    for (size_t i = 0; i < inputs.size(); ++i) {
      const size_t missing = rank - inputs[i].dims.rank();
      const bool moves = d >= missing && inputs[i].dims[d - missing] != 1;
      dim.step[i + 1] = moves ? inputs[i].strides[d - missing] : 0;
    }
    bool even = !dims_.empty();
    for (size_t i = 0; even && i < kMaxOperands; ++i) even = dims_.back().step[i] == dim.step[i] * dim.size;
    if (even) {
      dims_.back() = {dims_.back().size * dim.size, dim.step};
    } else {
      dims_.push_back(dim);
    }
  }
  if (dims_.empty()) dims_.push_back({1, {}});
  for (size_t d = 0; d + 1 < dims_.size(); ++d) runs_ *= dims_[d].size;
}

Layout common_layout(const Shape& shape, const std::vector<Layout>& inputs) {
  for (const Layout& layout : inputs) {
    if (layout.dims == shape && layout.is_dense() && !layout.is_plain()) return layout;
  }
  return Layout::plain(shape);
}

}  // namespace mindird::engines::cpu
