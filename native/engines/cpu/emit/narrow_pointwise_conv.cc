#include "engines/cpu/emit/narrow_pointwise_conv.h"

#include "base/strings.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/emit/conv_common.h"
#include "engines/cpu/emit/epilogues.h"
#include "engines/cpu/kernels/narrow_pointwise.h"
#include "ops/linear/conv.h"

namespace mindird::engines::cpu {
namespace {

/// With more channels the half of a vector is too small a part.
constexpr int64_t kMostColumns = 120;
/// With fewer pixels the weights are what takes time.
constexpr int64_t kFewestPixels = 32;

}  // namespace

bool narrow_fits(const NodeBuilder& b) {
  const auto& op = b.op<ops::Conv>();
  const Shape& w = b.in_type(1).shape;
  const Shape& y = b.out_type().shape;
  if (!b.optimize() || op.groups != 1 || w[0] % kLanes != kLanes / 2 || w[0] > kMostColumns || w.elements() != w[0] * w[1] || !b.constant(1) ||
      (b.inputs() > 2 && !b.constant(2)))
    return false;
  if (!all_are(op.stride, 1) || !all_are(op.pad_begin, 0) || !all_are(op.pad_end, 0) || y.elements() < kFewestPixels * w[0]) return false;
  return find_epilogue(b.graph(), b.group()).taken == b.group().post.size();
}

Status build_narrow(NodeBuilder& b) {
  const Shape& x_shape = b.in_type(0).shape;
  const Shape& y_shape = b.out_type().shape;
  const NarrowShape s{b.in_type(1).shape[1], b.in_type(1).shape[0]};
  const ConstantPtr weights = b.constant(1);
  const ConstantPtr bias = b.inputs() > 2 ? b.constant(2) : nullptr;
  const PackKey key{str(weights->hash().hex(), "+", bias ? bias->hash().hex() : "0", ":narrow"), "vectors of 8",
                    static_cast<size_t>(s.weight_floats()) * sizeof(float)};
  TRY_ASSIGN(const Ref packed, b.packed(key, [&](std::byte* to) -> Status {
    pack_narrow(s, weights->as<float>().data(), bias ? bias->as<float>().data() : nullptr, reinterpret_cast<float*>(to));
    return {};
  }));
  TRY_ASSIGN(const Placed x, b.in(0, Layout::channels_last(x_shape)));
  const GroupEpilogue found = find_epilogue(b.graph(), b.group());
  std::vector<Ref> refs{x.ref, packed};
  TRY_ASSIGN(const Ref residual, place_residual(b, found, Layout::channels_last(y_shape), refs));
  const Placed y = b.out(0, Layout::channels_last(y_shape));
  refs.push_back(y.ref);
  const int64_t pixels = y_shape.elements() / s.columns;
  b.emit(kNarrowChoice, std::move(refs), [=, epilogue = found.epilogue, x = x.ref, y = y.ref](const Frame& frame) -> Status {
    const NarrowData data{frame.at<float>(x), frame.at<float>(packed), frame.at_or_null<float>(residual), frame.at<float>(y)};
    parallel_for(frame.threads, pixels, [&](int64_t first, int64_t last) { multiply_narrow(s, data, epilogue, first, last); });
    return {};
  });
  return {};
}

}  // namespace mindird::engines::cpu
