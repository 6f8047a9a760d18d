// OneHot: threads share the rows of [outer][depth][inner] that have one outer position; each is filled and then set.
#include "ops/indexing/one_hot.h"

#include <algorithm>

#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/builders/views.h"
#include "ops/indexing/support_index.h"

namespace mindird::engines::cpu {
namespace {

/// One outer position. A byte, two, four or eight are moved as an integer.
template <class Bits>
void set_row(const ops::AxisView& view, const Tensor& indices, int64_t outer, Bits on, Bits off, Bits* y) {
  std::fill_n(y, view.size * view.inner, off);
  for (int64_t i = 0; i < view.inner; ++i) {
    const int64_t index = ops::read_index(indices, static_cast<size_t>(outer * view.inner + i));
    if (index >= 0 && index < view.size) y[index * view.inner + i] = on;
  }
}

template <class Bits>
void run(const Frame& frame, const ops::AxisView& view, const Tensor& indices, const std::array<Ref, 2>& values, std::byte* y) {
  const Bits on = *frame.at<Bits>(values[0]);
  const Bits off = *frame.at<Bits>(values[1]);
  parallel_for(frame.threads, view.outer, [&](int64_t first, int64_t last) {
    for (int64_t o = first; o < last; ++o) set_row(view, indices, o, on, off, reinterpret_cast<Bits*>(y) + o * view.size * view.inner);
  });
}

Status build(NodeBuilder& b) {
  TRY_ASSIGN(const Placed indices, b.in_plain(0));
  TRY_ASSIGN(const Placed on, b.in_plain(1));
  TRY_ASSIGN(const Placed off, b.in_plain(2));
  const Shape& shape = b.out_type().shape;
  const Placed y = b.out(0, Layout::plain(shape));
  const ops::AxisView view = ops::split_axis(shape, *normalize_axis(b.op<ops::OneHot>().axis, shape.rank()));
  b.emit("plain", {indices.ref, on.ref, off.ref, y.ref}, [=, values = std::array{on.ref, off.ref}](const Frame& frame) -> Status {
    switch (dtype_size(y.dtype)) {
      case 1: run<uint8_t>(frame, view, frame.tensor(indices), values, frame.at(y.ref)); break;
      case 2: run<uint16_t>(frame, view, frame.tensor(indices), values, frame.at(y.ref)); break;
      case 4: run<uint32_t>(frame, view, frame.tensor(indices), values, frame.at(y.ref)); break;
      default: run<uint64_t>(frame, view, frame.tensor(indices), values, frame.at(y.ref)); break;
    }
    return {};
  });
  return {};
}

REGISTER_BUILDER(OneHot, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
