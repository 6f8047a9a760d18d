// Poolings with windows.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/pooling/window.h"
#include "ops/pooling/pool.h"

namespace mindird::mindir {
namespace {

Result<ir::ValueId> emit_pool(Call& call, std::shared_ptr<ops::Pool> op, const Window& window, ir::ValueId x) {
  set_window(*op, window);
  return call.emit(std::move(op), {x});
}

/// MaxPool and AvgPool: kernel, strides and padding mode as attributes or as inputs 1 to 3.
LowerFunction pool2d(ops::PoolKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, input_of_rank(call, 4));
    TRY(call.channels_first(call.has("format") ? "format" : "data_format", 4));
    Window window;
    TRY_ASSIGN(auto kernel, call.integers("kernel_size", 1));
    TRY_ASSIGN(window.kernel, spatial(std::move(kernel), "kernel_size", 2));
    TRY_ASSIGN(auto strides, call.integers("strides", 2));
    TRY_ASSIGN(window.stride, spatial(std::move(strides), "strides", 2));
    window.dilation = {1, 1};
    TRY_ASSIGN(const PadMode mode, pad_mode(call, "pad_mode", 3));
    if (mode == PadMode::kPad) return unsupported("pad_mode \"pad\" is not known for this primitive");
    if (mode == PadMode::kSame) {
      set_same_padding(window, call.shape(x).dims().subspan(2));
    } else {
      TRY(set_padding(window, {0, 0, 0, 0}));
    }
    auto op = std::make_shared<ops::Pool>();
    op->kind = kind;
    return call.result(emit_pool(call, std::move(op), window, x));
  };
}

Result<Item> lower_avg_pool_3d(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, input_of_rank(call, 5));
  TRY(call.channels_first("format"));
  Window window;
  TRY_ASSIGN(auto kernel, call.integers("kernel_size", kAttributeOnly));
  TRY_ASSIGN(window.kernel, spatial(std::move(kernel), "kernel_size", 3));
  TRY_ASSIGN(auto strides, call.integers("strides", kAttributeOnly));
  TRY_ASSIGN(window.stride, spatial(std::move(strides), "strides", 3));
  window.dilation = {1, 1, 1};
  TRY_ASSIGN(const PadMode mode, pad_mode(call, "pad_mode"));
  if (mode == PadMode::kSame) {
    set_same_padding(window, call.shape(x).dims().subspan(2));
  } else if (mode == PadMode::kValid) {
    TRY(set_padding(window, std::vector<int64_t>(6, 0)));
  } else {
    TRY_ASSIGN(const auto pads, call.integers("pad_list", kAttributeOnly));
    TRY(set_padding(window, pads));
  }
  auto op = std::make_shared<ops::Pool>();
  op->kind = ops::PoolKind::kAverage;
  TRY_ASSIGN(op->ceil_mode, call.flag("ceil_mode", kAttributeOnly, false));
  TRY_ASSIGN(op->count_include_pad, call.flag("count_include_pad", kAttributeOnly, true));
  TRY_ASSIGN(op->divisor_override, call.integer("divisor_override", kAttributeOnly, 0));
  return call.result(emit_pool(call, std::move(op), window, x));
}

/// Ceiling mode counts with pad_mode "pad" alone.
Result<Item> lower_max_pool_3d(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, input_of_rank(call, 5));
  TRY(call.channels_first(call.has("format") ? "format" : "data_format"));
  Window window;
  TRY_ASSIGN(auto kernel, call.integers("kernel_size", kAttributeOnly));
  TRY_ASSIGN(window.kernel, spatial(std::move(kernel), "kernel_size", 3));
  TRY_ASSIGN(auto strides, call.integers("strides", kAttributeOnly));
  TRY_ASSIGN(window.stride, spatial(std::move(strides), "strides", 3));
  window.dilation = {1, 1, 1};
  TRY_ASSIGN(const PadMode mode, pad_mode(call, "pad_mode"));
  auto op = std::make_shared<ops::Pool>();
  op->kind = ops::PoolKind::kMax;
  if (mode == PadMode::kSame) {
    set_same_padding(window, call.shape(x).dims().subspan(2));
  } else if (mode == PadMode::kValid) {
    TRY(set_padding(window, std::vector<int64_t>(6, 0)));
  } else {
    TRY_ASSIGN(const auto pads, call.integers("pad_list", kAttributeOnly));
    TRY(set_padding(window, pads));
    TRY_ASSIGN(op->ceil_mode, call.flag("ceil_mode", kAttributeOnly));
  }
  return call.result(emit_pool(call, std::move(op), window, x));
}

REGISTER_PRIMITIVE(MaxPool, pool2d(ops::PoolKind::kMax));
REGISTER_PRIMITIVE(AvgPool, pool2d(ops::PoolKind::kAverage));
REGISTER_PRIMITIVE(AvgPool3D, lower_avg_pool_3d);
REGISTER_PRIMITIVE(MaxPool3D, lower_max_pool_3d);

}  // namespace
}  // namespace mindird::mindir
