#include "engines/cpu/emit/few_channels_conv.h"

#include "base/strings.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/emit/conv_common.h"
#include "engines/cpu/emit/epilogues.h"
#include "engines/cpu/kernels/few_channels.h"
#include "ops/linear/conv.h"

namespace mindird::engines::cpu {
namespace {

/// With more channels oneDNN's products are long enough to be fast.
constexpr int64_t kMostIn = 16;
constexpr int64_t kMostOut = 32;

}  // namespace

bool few_channels_fit(const NodeBuilder& b) {
  const auto& op = b.op<ops::Conv>();
  const Shape& w = b.in_type(1).shape;
  if (!b.optimize() || w.rank() != 4 || op.groups != 1 || w[1] > kMostIn || w[0] > kMostOut || !b.constant(1) || (b.inputs() > 2 && !b.constant(2)))
    return false;
  if (!all_are(op.dilation, 1)) return false;
  const GroupEpilogue found = find_epilogue(b.graph(), b.group());
  return found.taken == b.group().post.size() && found.residual == ir::kNone;
}

Status build_few_channels(NodeBuilder& b) {
  const auto& op = b.op<ops::Conv>();
  const Shape& x_shape = b.in_type(0).shape;
  const Shape& y_shape = b.out_type().shape;
  const Shape& w = b.in_type(1).shape;
  const bool plain = b.in_layout(0).is_plain();
  const FewChannelsShape s{x_shape[2],   x_shape[3],   y_shape[2],      y_shape[3],      w[1], w[0], w[2], w[3],
                           op.stride[0], op.stride[1], op.pad_begin[0], op.pad_begin[1], plain};
  const ConstantPtr weights = b.constant(1);
  const ConstantPtr bias = b.inputs() > 2 ? b.constant(2) : nullptr;
  const PackKey key{str(weights->hash().hex(), "+", bias ? bias->hash().hex() : "0", ":few channels"),
                    str("vectors of ", s.lanes(), " for ", s.planes(), " planes"), static_cast<size_t>(s.weight_floats()) * sizeof(float)};
  TRY_ASSIGN(const Ref packed, b.packed(key, [&](std::byte* to) -> Status {
    pack_few_channels(s, weights->as<float>().data(), bias ? bias->as<float>().data() : nullptr, reinterpret_cast<float*>(to));
    return {};
  }));
  TRY_ASSIGN(const Placed x, b.in(0, plain ? Layout::plain(x_shape) : Layout::channels_last(x_shape)));
  const Placed y = b.out(0, Layout::channels_last(y_shape));
  const Epilogue epilogue = find_epilogue(b.graph(), b.group()).epilogue;
  b.emit("few channels", {x.ref, packed, y.ref}, [=, rows = y_shape[0] * y_shape[2], x = x.ref, y = y.ref](const Frame& frame) -> Status {
    const FewChannelsData data{frame.at<float>(x), frame.at<float>(packed), frame.at<float>(y)};
    parallel_for(frame.threads, rows, [&](int64_t first, int64_t last) { convolve_few_channels(s, data, epilogue, first, last); });
    return {};
  });
  return {};
}

}  // namespace mindird::engines::cpu
