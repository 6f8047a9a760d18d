// Maxima of windows with their positions: MaxPoolWithArgmax, MaxPoolWithArgmaxV2, MaxPool3DWithArgmax. Positions are offsets in the plane, those of
// MaxPoolWithArgmax in all channels of the row.
#include "base/strings.h"
#include "mindir/primitives/pooling/window.h"
#include "ops/pooling/pool.h"
#include "ops/pooling/pool_positions.h"

namespace mindird::mindir {
namespace {

struct Request {
  ir::ValueId x = 0;
  Window window;
  bool ceil_mode = false;
  bool across_channels = false;
  DType index_type = DType::kI64;
};

/// Maxima and positions. Positions that nobody reads are dropped with the node that finds them.
Result<Item> with_positions(Call& call, const Request& request) {
  auto pool = std::make_shared<ops::Pool>();
  pool->kind = ops::PoolKind::kMax;
  pool->ceil_mode = request.ceil_mode;
  set_window(*pool, request.window);
  auto positions = std::make_shared<ops::PoolPositions>();
  positions->ceil_mode = request.ceil_mode;
  positions->across_channels = request.across_channels;
  positions->index_type = request.index_type;
  set_window(*positions, request.window);
  TRY_ASSIGN(const ir::ValueId y, call.emit(std::move(pool), {request.x}));
  TRY_ASSIGN(const ir::ValueId index, call.emit(std::move(positions), {request.x}));
  return make_tuple({Item(Computed{y}), Item(Computed{index})});
}

/// The two middle ones of [1, height, width, 1]: the order of this primitive, whatever its layout.
Result<std::vector<int64_t>> middle(const Call& call, std::string_view name) {
  TRY_ASSIGN(auto values, call.integers(name, kAttributeOnly));
  if (values.size() != 4 || values[0] != 1 || values[3] != 1) return unsupported(str(name, " is ", list_text<int64_t>(values), ", want [1, height, width, 1]"));
  return spatial({values[1], values[2]}, name, 2);
}

Result<Item> lower_with_argmax(Call& call) {
  Request request;
  TRY_ASSIGN(request.x, input_of_rank(call, 4));
  TRY(call.channels_first(call.has("format") ? "format" : "data_format"));
  Window& window = request.window;
  TRY_ASSIGN(window.kernel, middle(call, call.has("kernel_size") ? "kernel_size" : "ksize"));
  TRY_ASSIGN(window.stride, middle(call, "strides"));
  window.dilation = {1, 1};
  TRY_ASSIGN(const PadMode mode, pad_mode(call, call.has("pad_mode") ? "pad_mode" : "padding"));
  if (mode == PadMode::kPad) return unsupported("pad_mode \"pad\" is not known for this primitive");
  if (mode == PadMode::kSame) {
    set_same_padding(window, call.shape(request.x).dims().subspan(2));
  } else {
    TRY(set_padding(window, {0, 0, 0, 0}));
  }
  request.across_channels = true;
  request.index_type = DType::kI32;
  return with_positions(call, request);
}

struct Names {
  std::string_view kernel;
  size_t spatial;
};

/// Kernel, strides, pads (the same on both sides of a dimension) and dilation, all written out.
LowerFunction with_pads(Names names) {
  return [names](Call& call) -> Result<Item> {
    Request request;
    TRY_ASSIGN(request.x, input_of_rank(call, names.spatial + 2));
    TRY(call.channels_first(call.has("format") ? "format" : "data_format"));
    Window& window = request.window;
    TRY_ASSIGN(auto kernel, call.integers(names.kernel, 1));
    TRY_ASSIGN(window.kernel, spatial(std::move(kernel), names.kernel, names.spatial));
    TRY_ASSIGN(auto strides, call.integers("strides", 2));
    TRY_ASSIGN(window.stride, spatial(std::move(strides), "strides", names.spatial));
    TRY_ASSIGN(auto pads, call.integers("pads", 3));
    if (pads.size() == names.spatial + 2 && pads[0] == 1 && pads[1] == 1) pads.erase(pads.begin(), pads.begin() + 2);
    if (pads.size() == 1) pads.assign(names.spatial, pads[0]);
    std::vector<int64_t> pairs;
    for (const int64_t pad : pads) pairs.insert(pairs.end(), 2, pad);
    TRY(set_padding(window, pairs));
    TRY_ASSIGN(auto dilations, call.integers("dilation", 4, std::vector<int64_t>(names.spatial, 1)));
    TRY_ASSIGN(window.dilation, spatial(std::move(dilations), "dilation", names.spatial));
    TRY_ASSIGN(request.ceil_mode, call.flag("ceil_mode", 5, false));
    request.index_type = call.declared_type(1, DType::kI64);
    return with_positions(call, request);
  };
}

REGISTER_PRIMITIVE(MaxPoolWithArgmax, lower_with_argmax);
REGISTER_PRIMITIVE(MaxPoolWithArgmaxV2, with_pads({"kernel_size", 2}));
REGISTER_PRIMITIVE(MaxPool3DWithArgmax, with_pads({"ksize", 3}));

}  // namespace
}  // namespace mindird::mindir
