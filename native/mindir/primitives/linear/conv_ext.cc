// Convolutions of today's interface: window and bias are inputs, and an input without the batch dimension is one sample.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/pooling/window.h"
#include "ops/linear/conv.h"
#include "ops/linear/conv_transpose.h"

namespace mindird::mindir {
namespace {

/// Where a primitive has its arguments.
struct Positions {
  size_t stride = 3;
  size_t padding = 4;
  size_t dilation = 5;
  size_t groups = 6;
};

struct Convolved {
  ir::ValueId x = 0;
  ir::ValueId w = 0;
  bool is_sample = false;  // without a batch dimension
  size_t n = 0;            // spatial dimensions
};

/// The input with a batch dimension, and the weight, over n spatial dimensions (0: as the weight has).
Result<Convolved> inputs_of(Call& call, size_t n) {
  Convolved out;
  TRY_ASSIGN(out.x, call.tensor(0));
  TRY_ASSIGN(out.w, call.tensor(1));
  TRY(call.want_known(out.x));
  TRY(call.want_known(out.w));
  out.n = n != 0 ? n : call.rank(out.w) - std::min<size_t>(call.rank(out.w), 2);
  if (out.n < 1 || out.n > 3) return invalid_model(str("the weight is ", call.type(out.w).text(), ", want rank 3 to 5"));
  TRY(call.want_rank(out.w, out.n + 2, "the weight"));
  out.is_sample = call.rank(out.x) == out.n + 1;
  if (out.is_sample) {
    std::vector<int64_t> dims = call.shape(out.x).vector();
    dims.insert(dims.begin(), 1);
    TRY_ASSIGN(out.x, call.reshape(out.x, std::move(dims)));
  }
  TRY(call.want_rank(out.x, out.n + 2, "the input"));
  return out;
}

/// "same" or "valid" as word or number, or one amount per dimension for both ends.
Status pad(Call& call, Window& window, const Shape& x, size_t position, bool as_mode) {
  const size_t n = window.kernel.size();
  const Item& item = call.argument("padding", position);
  if (item.as<std::string>() || (as_mode && item.as<int64_t>())) {
    TRY_ASSIGN(const PadMode mode, pad_mode(call, "padding", position));
    if (mode == PadMode::kPad) return unsupported("padding \"pad\" without amounts");
    if (mode == PadMode::kValid) return set_padding(window, std::vector<int64_t>(2 * n, 0));
    for (const int64_t stride : window.stride) {
      if (stride != 1) return invalid_model(str("padding \"same\" with stride ", stride));
    }
    set_same_padding(window, x.dims().subspan(2));
    return {};
  }
  TRY_ASSIGN(std::vector<int64_t> amounts, call.integers("padding", position, std::vector<int64_t>(n, 0)));
  if (amounts.size() == 1) amounts.assign(n, amounts[0]);
  if (amounts.size() != n) return invalid_model(str("padding has ", amounts.size(), " values, want ", n));
  std::vector<int64_t> pairs;
  for (const int64_t amount : amounts) pairs.insert(pairs.end(), 2, amount);
  return set_padding(window, pairs);
}

Result<Window> window_of(Call& call, const Convolved& in, const Positions& at, bool as_mode) {
  Window window;
  window.kernel.assign(call.shape(in.w).begin() + 2, call.shape(in.w).end());
  TRY_ASSIGN(auto strides, call.integers("stride", at.stride, std::vector<int64_t>(in.n, 1)));
  TRY_ASSIGN(window.stride, spatial(std::move(strides), "stride", in.n));
  TRY_ASSIGN(auto dilations, call.integers("dilation", at.dilation, std::vector<int64_t>(in.n, 1)));
  TRY_ASSIGN(window.dilation, spatial(std::move(dilations), "dilation", in.n));
  TRY(pad(call, window, call.shape(in.x), at.padding, as_mode));
  return window;
}

template <class Op>
void set_geometry(Op& op, Window window) {
  op.stride = std::move(window.stride);
  op.dilation = std::move(window.dilation);
  op.pad_begin = std::move(window.pad_begin);
  op.pad_end = std::move(window.pad_end);
}

/// The operator on input, weight and the bias at input 2, if there is one.
Result<Item> emit(Call& call, const Convolved& in, ir::OpPtr op) {
  std::vector<ir::ValueId> inputs = {in.x, in.w};
  if (!call.input(2).is_none()) {
    TRY_ASSIGN(const ir::ValueId bias, call.tensor(2));
    inputs.push_back(bias);
  }
  TRY_ASSIGN(const ir::ValueId y, call.emit(std::move(op), std::move(inputs)));
  if (!in.is_sample) return Item(Computed{y});
  std::vector<int64_t> dims = call.shape(y).vector();
  dims.erase(dims.begin());
  return call.result(call.reshape(y, std::move(dims)));
}

Result<Item> convolve(Call& call, size_t n, const Positions& at, bool as_mode) {
  TRY_ASSIGN(const Convolved in, inputs_of(call, n));
  TRY_ASSIGN(Window window, window_of(call, in, at, as_mode));
  auto op = std::make_shared<ops::Conv>();
  TRY_ASSIGN(op->groups, call.integer("groups", at.groups, 1));
  set_geometry(*op, std::move(window));
  return emit(call, in, std::move(op));
}

LowerFunction conv(size_t n, bool as_mode) {
  return [n, as_mode](Call& call) -> Result<Item> { return convolve(call, n, {}, as_mode); };
}

Result<Item> transposed(Call& call, size_t n, const Positions& at, size_t output_padding) {
  TRY_ASSIGN(const Convolved in, inputs_of(call, n));
  TRY_ASSIGN(Window window, window_of(call, in, at, false));
  auto op = std::make_shared<ops::ConvTranspose>();
  TRY_ASSIGN(op->groups, call.integer("groups", at.groups, 1));
  TRY_ASSIGN(op->output_padding, call.integers("output_padding", output_padding, std::vector<int64_t>(in.n, 0)));
  if (op->output_padding.size() == 1) op->output_padding.assign(in.n, op->output_padding[0]);
  set_geometry(*op, std::move(window));
  return emit(call, in, std::move(op));
}

/// Convolution and its transpose as one primitive: (x, w, bias, stride, padding, dilation, transposed, output_padding, groups)
LowerFunction either(bool as_mode) {
  return [as_mode](Call& call) -> Result<Item> {
    const Positions at{3, 4, 5, 8};
    TRY_ASSIGN(const bool is_transposed, call.flag("transposed", 6, false));
    return is_transposed ? transposed(call, 0, at, 7) : convolve(call, 0, at, as_mode);
  };
}

/// (x, w, bias, stride, padding, output_padding, groups, dilation)
Result<Item> lower_conv_transpose_2d(Call& call) { return transposed(call, 2, {3, 4, 7, 6}, 5); }

REGISTER_PRIMITIVE(Conv1DExt, conv(1, false));
REGISTER_PRIMITIVE(Conv2DExt, conv(2, false));
REGISTER_PRIMITIVE(Conv3DExt, conv(3, false));
REGISTER_PRIMITIVE(Conv1DPadding, conv(1, true));
REGISTER_PRIMITIVE(Conv2DPadding, conv(2, true));
REGISTER_PRIMITIVE(Conv3DPadding, conv(3, true));
REGISTER_PRIMITIVE(Convolution, either(false));
REGISTER_PRIMITIVE(ConvolutionStr, either(true));
REGISTER_PRIMITIVE(ConvTranspose2D, lower_conv_transpose_2d);

}  // namespace
}  // namespace mindird::mindir
