// Windows of an image side by side: ExtractImagePatches and Im2Col(Ext) cut them out, one slice for each place in the window; Col2Im(Ext) adds them up
// again, which is a transposed convolution with a kernel that is 1 in one place.
#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/creation/numbers.h"
#include "mindir/primitives/pooling/window.h"
#include "ops/linear/conv_transpose.h"
#include "ops/movement/pad.h"
#include "ops/movement/slice.h"

namespace mindird::mindir {
namespace {

constexpr int64_t kMaxPlaces = 4096;

/// Output size along each of two dimensions; the window fits into the padded input.
Result<std::vector<int64_t>> counts(const Call& call, ir::ValueId x, const Window& window) {
  std::vector<int64_t> out;
  for (size_t i = 0; i < 2; ++i) {
    const int64_t padded = call.shape(x)[i + 2] + window.pad_begin[i] + window.pad_end[i];
    const int64_t covered = window.dilation[i] * (window.kernel[i] - 1) + 1;
    if (padded < covered) return invalid_model(str("a window of ", covered, " does not fit into ", padded, " elements"));
    out.push_back((padded - covered) / window.stride[i] + 1);
  }
  if (window.kernel[0] * window.kernel[1] > kMaxPlaces)
    return unsupported(str("windows of ", window.kernel[0] * window.kernel[1], " elements, want at most ", kMaxPlaces));
  return out;
}

/// For each place in the window, row by row, what lies there in all windows: [N,C,rows,columns].
Result<std::vector<ir::ValueId>> places(Call& call, ir::ValueId x, const Window& window) {
  TRY_ASSIGN(const auto size, counts(call, x, window));
  auto pad = std::make_shared<ops::Pad>();
  pad->before = {0, 0, window.pad_begin[0], window.pad_begin[1]};
  pad->after = {0, 0, window.pad_end[0], window.pad_end[1]};
  TRY_ASSIGN(const ir::ValueId padded, call.emit(std::move(pad), {x}));
  std::vector<ir::ValueId> out;
  for (int64_t i = 0; i < window.kernel[0]; ++i) {
    for (int64_t j = 0; j < window.kernel[1]; ++j) {
      auto slice = std::make_shared<ops::Slice>();
      slice->begin = {0, 0, i * window.dilation[0], j * window.dilation[1]};
      slice->size = {call.shape(x)[0], call.shape(x)[1], size[0], size[1]};
      slice->stride = {1, 1, window.stride[0], window.stride[1]};
      TRY_ASSIGN(const ir::ValueId part, call.emit(std::move(slice), {padded}));
      out.push_back(part);
    }
  }
  return out;
}

Result<ir::ValueId> image(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_rank(x, 4, "the input"));
  TRY(call.want_known(x));
  return x;
}

/// Rows and columns: the last two of four.
Result<std::vector<int64_t>> pair(const Call& call, std::string_view name, size_t position) {
  TRY_ASSIGN(auto values, call.integers(name, position));
  return spatial(std::move(values), name, 2);
}

/// Places first, then channels: [N, places * C, rows, columns].
Result<Item> lower_extract_image_patches(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, image(call));
  Window window;
  TRY_ASSIGN(window.kernel, pair(call, "ksizes", 1));
  TRY_ASSIGN(window.stride, pair(call, "strides", 2));
  TRY_ASSIGN(window.dilation, pair(call, "rates", 3));
  TRY_ASSIGN(const PadMode mode, pad_mode(call, "padding", 4));
  if (mode == PadMode::kPad) return unsupported("padding is neither valid nor same");
  if (mode == PadMode::kSame) {
    set_same_padding(window, call.shape(x).dims().subspan(2));
  } else {
    TRY(set_padding(window, {0, 0, 0, 0}));
  }
  TRY_ASSIGN(auto parts, places(call, x, window));
  return call.result(call.concat(std::move(parts), 1));
}

/// Where the arguments of a window are found.
struct Argument {
  std::string_view name;
  size_t position = kAttributeOnly;
};
struct WindowArguments {
  Argument kernel, stride, dilation, pad;
};

/// Strides, dilations and paddings; a padding holds for both sides of a dimension.
Result<Window> written_out(const Call& call, const WindowArguments& from) {
  Window window;
  TRY_ASSIGN(window.kernel, pair(call, from.kernel.name, from.kernel.position));
  TRY_ASSIGN(window.stride, pair(call, from.stride.name, from.stride.position));
  TRY_ASSIGN(window.dilation, pair(call, from.dilation.name, from.dilation.position));
  TRY_ASSIGN(auto pads, call.integers(from.pad.name, from.pad.position));
  if (pads.size() == 1) pads.push_back(pads[0]);
  if (pads.size() != 2) return unsupported(str(from.pad.name, " is ", list_text<int64_t>(pads), ", want 1 or 2 values"));
  TRY(set_padding(window, {pads[0], pads[0], pads[1], pads[1]}));
  return window;
}

/// [N, C, places, windows]
Result<ir::ValueId> columns(Call& call, ir::ValueId x, const Window& window) {
  TRY_ASSIGN(auto parts, places(call, x, window));
  for (ir::ValueId& part : parts) {
    const Shape shape = call.shape(part);
    TRY_ASSIGN(part, call.reshape(part, {shape[0], shape[1], 1, shape[2] * shape[3]}));
  }
  return call.concat(std::move(parts), 2);
}

Result<Item> lower_im2col(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, image(call));
  TRY_ASSIGN(const std::string mode, call.text("padding_mode", "CALCULATED"));
  if (mode != "CALCULATED") return unsupported(str("padding_mode is ", mode, ", want CALCULATED"));
  TRY_ASSIGN(const Window window, written_out(call, {{"ksizes"}, {"strides"}, {"dilations"}, {"pads"}}));
  return call.result(columns(call, x, window));
}

/// [N, C * places, windows]
Result<Item> lower_im2col_ext(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, image(call));
  TRY_ASSIGN(const Window window, written_out(call, {{"kernel_size", 1}, {"stride", 4}, {"dilation", 2}, {"padding", 3}}));
  TRY_ASSIGN(const ir::ValueId laid, columns(call, x, window));
  const Shape shape = call.shape(laid);
  return call.result(call.reshape(laid, {shape[0], shape[1] * shape[2], shape[3]}));
}

/// For each channel and place a kernel that is 1 in that place: [C * places, 1, rows, columns].
Result<ir::ValueId> unit_kernels(Call& call, int64_t channels, const Window& window, DType dtype) {
  const int64_t count = window.kernel[0] * window.kernel[1];
  if (count > kMaxPlaces) return unsupported(str("windows of ", count, " elements, want at most ", kMaxPlaces));
  const auto elements = checked_mul(channels, count * count);
  if (!elements) return unsupported(str(channels, " channels"));
  TRY(expect_created(*elements));
  std::vector<double> values(static_cast<size_t>(*elements), 0.0);
  for (int64_t i = 0; i < channels * count; ++i) values[static_cast<size_t>(i * count + i % count)] = 1;
  return numbers(call, values, {channels * count, 1, window.kernel[0], window.kernel[1]}, dtype);
}

/// [N, C, places, windows] to [N, C, height, width].
Result<ir::ValueId> added_up(Call& call, ir::ValueId x, const std::vector<int64_t>& size, const Window& window) {
  const Shape shape = call.shape(x);
  auto op = std::make_shared<ops::ConvTranspose>();
  std::vector<int64_t> windows;
  if (size.size() != 2) return invalid_model(str("output_size has ", size.size(), " values, want 2"));
  for (size_t i = 0; i < 2; ++i) {
    const int64_t covered = window.dilation[i] * (window.kernel[i] - 1) + 1;
    const int64_t spare = size[i] + 2 * window.pad_begin[i] - covered;
    if (size[i] > kMaxCreated || spare < 0) return invalid_model(str("a window of ", covered, " does not fit into ", size[i], " elements"));
    windows.push_back(spare / window.stride[i] + 1);
    op->output_padding.push_back(spare % window.stride[i]);
  }
  if (shape[2] != window.kernel[0] * window.kernel[1] || shape[3] != windows[0] * windows[1]) {
    return invalid_model(
        str("the input is ", call.type(x).text(), ", want ", window.kernel[0] * window.kernel[1], " places of ", windows[0] * windows[1], " windows"));
  }
  op->groups = shape[1];
  set_steps(*op, window);
  TRY_ASSIGN(const ir::ValueId kernels, unit_kernels(call, shape[1], window, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId columns, call.reshape(x, {shape[0], shape[1] * shape[2], windows[0], windows[1]}));
  return call.emit(std::move(op), {columns, kernels});
}

Result<Item> lower_col2im(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, image(call));
  TRY_ASSIGN(const auto size, call.integers("output_size", 1));
  TRY_ASSIGN(const Window window, written_out(call, {{"kernel_size"}, {"stride"}, {"dilation"}, {"padding"}}));
  return call.result(added_up(call, x, size, window));
}

/// [N, C * places, windows] to [N, C, height, width], both without N.
Result<Item> lower_col2im_ext(Call& call) {
  TRY_ASSIGN(const ir::ValueId given, call.tensor(0));
  TRY(call.want_known(given));
  TRY_ASSIGN(const auto size, call.integers("output_size", 1));
  TRY_ASSIGN(const Window window, written_out(call, {{"kernel_size", 2}, {"stride", 5}, {"dilation", 3}, {"padding", 4}}));
  std::vector<int64_t> dims = call.shape(given).vector();
  const bool single = dims.size() == 2;
  if (single) dims.insert(dims.begin(), 1);
  if (dims.size() != 3) return invalid_model(str("the input is ", call.type(given).text(), ", want rank 2 or 3"));
  const auto count = checked_mul(window.kernel[0], window.kernel[1]);
  if (!count || dims[1] % *count != 0)
    return invalid_model(str("the input is ", call.type(given).text(), ", want a multiple of the ", count.value_or(0), " places of a window"));
  TRY_ASSIGN(const ir::ValueId x, call.reshape(given, {dims[0], dims[1] / *count, *count, dims[2]}));
  TRY_ASSIGN(const ir::ValueId y, added_up(call, x, size, window));
  std::vector<int64_t> out = call.shape(y).vector();
  if (single) out.erase(out.begin());
  return call.result(call.reshape(y, std::move(out)));
}

REGISTER_PRIMITIVE(ExtractImagePatches, lower_extract_image_patches);
REGISTER_PRIMITIVE(Im2Col, lower_im2col);
REGISTER_PRIMITIVE(Col2Im, lower_col2im);
REGISTER_PRIMITIVE(Im2ColExt, lower_im2col_ext);
REGISTER_PRIMITIVE(Col2ImExt, lower_col2im_ext);

}  // namespace
}  // namespace mindird::mindir
