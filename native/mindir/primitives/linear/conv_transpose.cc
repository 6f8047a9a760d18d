// Conv2DTranspose, and Conv2DBackpropInput, its name before 1.3 and below nn.Conv1dTranspose: the exporter gives the output shape as an input; whatever the padding does not explain of it is output padding.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/pooling/window.h"
#include "ops/linear/conv_transpose.h"

namespace mindird::mindir {
namespace {

constexpr size_t kSpatial = 2;

struct Sizes {
  std::vector<int64_t> full;    // without any padding
  std::vector<int64_t> wanted;  // empty when the file leaves it open
};

Sizes sizes_of(const Call& call, const Window& window, const Shape& x) {
  Sizes out;
  for (size_t i = 0; i < kSpatial; ++i) {
    out.full.push_back((x[i + 2] - 1) * window.stride[i] + window.dilation[i] * (window.kernel[i] - 1) + 1);
  }
  const auto given = integers_of(call.input(2));
  if (!given || given->size() != kSpatial + 2) return out;
  if ((*given)[2] >= 0 && (*given)[3] >= 0) out.wanted.assign(given->begin() + 2, given->end());
  return out;
}

Status pad(const Call& call, Window& window, const Sizes& sizes, const Shape& x) {
  TRY_ASSIGN(const PadMode mode, pad_mode(call, "pad_mode"));
  if (mode == PadMode::kValid) return set_padding(window, {0, 0, 0, 0});
  if (mode == PadMode::kPad) {
    TRY_ASSIGN(auto pads, call.integers(call.has("pad_list") ? "pad_list" : "pad", kAttributeOnly));
    return set_padding(window, pads);
  }
  std::vector<int64_t> pairs;
  for (size_t i = 0; i < kSpatial; ++i) {
    const int64_t total = std::max<int64_t>(sizes.full[i] - x[i + 2] * window.stride[i], 0);
    pairs.push_back(total / 2);
    pairs.push_back(total - total / 2);
  }
  return set_padding(window, pairs);
}

Result<Item> lower_conv_transpose(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId w, call.tensor(1));
  TRY(call.want_rank(x, kSpatial + 2, "the input"));
  TRY(call.want_rank(w, kSpatial + 2, "the weight"));
  TRY(call.want_known(x));
  TRY(call.channels_first("format"));
  Window window;
  window.kernel.assign(call.shape(w).begin() + 2, call.shape(w).end());
  TRY_ASSIGN(auto strides, call.integers("stride", kAttributeOnly));
  TRY_ASSIGN(window.stride, spatial(std::move(strides), "stride", kSpatial));
  TRY_ASSIGN(auto dilations, call.integers("dilation", kAttributeOnly, std::vector<int64_t>(kSpatial, 1)));
  TRY_ASSIGN(window.dilation, spatial(std::move(dilations), "dilation", kSpatial));
  const Sizes sizes = sizes_of(call, window, call.shape(x));
  TRY(pad(call, window, sizes, call.shape(x)));
  auto op = std::make_shared<ops::ConvTranspose>();
  TRY_ASSIGN(op->groups, call.integer("group", kAttributeOnly, 1));
  for (size_t i = 0; i < kSpatial; ++i) {
    const int64_t natural = sizes.full[i] - window.pad_begin[i] - window.pad_end[i];
    const int64_t extra = sizes.wanted.empty() ? 0 : sizes.wanted[i] - natural;
    if (extra < 0) return invalid_model(str("output size ", sizes.wanted[i], " is smaller than ", natural, ", which the padding gives"));
    op->output_padding.push_back(extra);
  }
  set_steps(*op, window);
  return call.result(call.emit(std::move(op), {x, w}));
}

REGISTER_PRIMITIVE(Conv2DTranspose, lower_conv_transpose);
REGISTER_PRIMITIVE(Conv2DBackpropInput, lower_conv_transpose);

}  // namespace
}  // namespace mindird::mindir
