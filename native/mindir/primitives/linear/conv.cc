// Conv2D and Conv3D.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/pooling/window.h"
#include "ops/linear/conv.h"

namespace mindird::mindir {
namespace {

/// Kernel and output channels stand in the attributes and in the weight; files in which they differ are not what they seem.
Status check_kernel(const Call& call, const Shape& w, size_t n) {
  TRY_ASSIGN(auto kernel, call.integers("kernel_size", kAttributeOnly));
  if (kernel.size() == 1) kernel.assign(n, kernel.front());
  if (std::equal(kernel.begin(), kernel.end(), w.begin() + 2, w.end())) return {};
  return invalid_model(str("kernel_size is ", list_text<int64_t>(kernel), ", but the weight has shape ", w.text()));
}

Status check_weight(const Call& call, const Shape& w, size_t n) {
  TRY(check_kernel(call, w, n));
  TRY_ASSIGN(const int64_t channels, call.integer("out_channel", kAttributeOnly));
  if (channels != w[0]) return invalid_model(str("out_channel is ", channels, ", but the weight has shape ", w.text()));
  TRY_ASSIGN(const int64_t mode, call.integer("mode", kAttributeOnly));
  if (mode != 1) return unsupported(str("mode is ", mode, ", want 1 (cross-correlation)"));
  return {};
}

/// An offset of the input, where a file has one, is 0.
Status want_no_offset(const Call& call, std::string_view name) {
  if (!call.has(name)) return {};
  TRY_ASSIGN(const int64_t offset, call.integer(name, kAttributeOnly));
  if (offset != 0) return unsupported(str(name, " is ", offset, ", want 0"));
  return {};
}

Result<Window> conv_window(const Call& call, const Shape& x, const Shape& w, size_t n) {
  Window window;
  window.kernel.assign(w.begin() + 2, w.end());
  // Conv3D has both under two names; those in the plural count.
  const std::string_view stride = n == 3 ? "strides" : "stride";
  const std::string_view dilation = n == 3 ? "dilations" : "dilation";
  TRY_ASSIGN(auto strides, call.integers(stride, kAttributeOnly));
  TRY_ASSIGN(window.stride, spatial(std::move(strides), stride, n));
  TRY_ASSIGN(auto dilations, call.integers(dilation, kAttributeOnly, std::vector<int64_t>(n, 1)));
  TRY_ASSIGN(window.dilation, spatial(std::move(dilations), dilation, n));
  TRY_ASSIGN(const PadMode mode, pad_mode(call, "pad_mode"));
  if (mode == PadMode::kSame) {
    set_same_padding(window, x.dims().subspan(2));
  } else if (mode == PadMode::kValid) {
    TRY(set_padding(window, std::vector<int64_t>(2 * n, 0)));
  } else {
    TRY_ASSIGN(auto pads, call.integers("pad_list", kAttributeOnly, std::vector<int64_t>()));
    const bool resolved = !pads.empty() && std::all_of(pads.begin(), pads.end(), [](int64_t pad) { return pad >= 0; });
    if (!resolved) {
      TRY_ASSIGN(pads, call.integers("pad", kAttributeOnly));
    }
    TRY(set_padding(window, pads));
  }
  return window;
}

LowerFunction conv(size_t n) {
  return [n](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const ir::ValueId w, call.tensor(1));
    TRY(call.want_rank(x, n + 2, "the input"));
    TRY(call.want_rank(w, n + 2, "the weight"));
    TRY(call.want_known(x));
    TRY(call.channels_first("format"));
    TRY(check_weight(call, call.shape(w), n));
    TRY(want_no_offset(call, "offset_x"));
    TRY_ASSIGN(const Window window, conv_window(call, call.shape(x), call.shape(w), n));
    auto op = std::make_shared<ops::Conv>();
    TRY_ASSIGN(op->groups, call.integer("group", kAttributeOnly, 1));
    set_steps(*op, window);
    return call.result(call.emit(std::move(op), {x, w}));
  };
}

/// Every channel has kernels of its own: the weight is [1,C,kh,kw].
Result<Item> lower_depthwise(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId w, call.tensor(1));
  TRY(call.want_rank(x, 4, "the input"));
  TRY(call.want_rank(w, 4, "the weight"));
  TRY(call.want_known(x));
  TRY(call.channels_first("format"));
  TRY_ASSIGN(const int64_t multiplier, call.integer("channel_multiplier", kAttributeOnly));
  const Shape shape = call.shape(w);
  if (multiplier != 1 || shape[0] != 1)
    return unsupported(str("channel_multiplier is ", multiplier, " and the weight ", call.type(w).text(), ", want 1 kernel per channel"));
  TRY_ASSIGN(const int64_t mode, call.integer("mode", kAttributeOnly));
  if (mode != 3) return unsupported(str("mode is ", mode, ", want 3 (depthwise)"));
  TRY(check_kernel(call, shape, 2));
  TRY(want_no_offset(call, "offset_a"));
  TRY_ASSIGN(const Window window, conv_window(call, call.shape(x), shape, 2));
  TRY_ASSIGN(const ir::ValueId kernels, call.reshape(w, {shape[1], 1, shape[2], shape[3]}));
  auto op = std::make_shared<ops::Conv>();
  op->groups = shape[1];
  set_steps(*op, window);
  return call.result(call.emit(std::move(op), {x, kernels}));
}

REGISTER_PRIMITIVE(DepthwiseConv2dNative, lower_depthwise);
REGISTER_PRIMITIVE(Conv2D, conv(2));
REGISTER_PRIMITIVE(Conv3D, conv(3));

}  // namespace
}  // namespace mindird::mindir
