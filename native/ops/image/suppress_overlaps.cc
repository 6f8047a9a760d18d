// The area of a box is (x2 - x1) * (y2 - y1), signed; corners are not put in order. Where two boxes cover nothing, the share is
// NaN and neither drops the other, as in MindSpore's NMSWithMask.
#include "ops/image/suppress_overlaps.h"

#include <algorithm>

#include "ops/support.h"

namespace mindird::ops {
namespace {

template <class C>
struct Box {
  C left, top, right, bottom;

  C area() const { return (right - left) * (bottom - top); }
};

template <class C>
bool overlaps(const Box<C>& a, const Box<C>& b, C threshold) {
  const C width = std::max<C>(std::min(a.right, b.right) - std::max(a.left, b.left), 0);
  const C height = std::max<C>(std::min(a.bottom, b.bottom) - std::max(a.top, b.top), 0);
  const C common = width * height;
  return common / (a.area() + b.area() - common) > threshold;
}

}  // namespace

void SuppressOverlaps::attributes(ir::AttributeVisitor& v) { v.field("threshold", threshold); }

Result<ir::Types> SuppressOverlaps::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  TRY(expect_floating(in, 0));
  TRY(expect_rank(in, 0, 2, 2));
  TRY(expect_shape(in, 0, Shape{in[0].shape[0], 4}));
  return one_output({DType::kBool, Shape{in[0].shape[0]}});
}

Status SuppressOverlaps::evaluate(const ir::EvalArgs& args) const {
  const Tensor& boxes = args.inputs[0];
  const auto kept = args.outputs[0].as<BoolByte>();
  const auto count = static_cast<size_t>(boxes.shape()[0]);
  return dispatch_floating(boxes.dtype(), [&]<class T>() {
    using C = Compute<T>;
    const T* corner = boxes.as<const T>().data();
    const auto box = [&](size_t i) { return Box<C>{load(corner[4 * i]), load(corner[4 * i + 1]), load(corner[4 * i + 2]), load(corner[4 * i + 3])}; };
    std::fill(kept.begin(), kept.end(), BoolByte(true));
    for (size_t i = 0; i < count; ++i) {
      if (!load(kept[i])) continue;
      const Box<C> best = box(i);
      for (size_t j = i + 1; j < count; ++j) {
        if (overlaps(best, box(j), static_cast<C>(threshold))) kept[j] = BoolByte(false);
      }
    }
  });
}

double SuppressOverlaps::cost(std::span<const TensorType> in, std::span<const TensorType>) const {
  const auto count = static_cast<double>(in[0].shape[0]);
  return 8 * count * count;
}

REGISTER_OP(SuppressOverlaps);

}  // namespace mindird::ops
