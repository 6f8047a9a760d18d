// Conv2DTranspose, and Conv2DBackpropInput, its name before 1.3 and below nn.Conv1dTranspose: the exporter gives the output shape as an input; whatever the
// padding does not explain of it is output padding. Conv3DTranspose has the output padding, and the output shape again, as attributes.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/pooling/window.h"
#include "ops/linear/conv_transpose.h"

namespace mindird::mindir {
namespace {

/// The input, the weight and what the window covers.
struct Transposed {
  ir::ValueId x = 0, w = 0;
  size_t n = 0;  // spatial dimensions
  Window window;
  std::vector<int64_t> full;  // sizes of the output without any padding
};

Status pad(const Call& call, Transposed& t) {
  TRY_ASSIGN(const PadMode mode, pad_mode(call, "pad_mode"));
  if (mode == PadMode::kValid) return set_padding(t.window, std::vector<int64_t>(2 * t.n, 0));
  if (mode == PadMode::kPad) {
    TRY_ASSIGN(auto pads, call.integers(call.has("pad_list") ? "pad_list" : "pad", kAttributeOnly));
    return set_padding(t.window, pads);
  }
  std::vector<int64_t> pairs;
  for (size_t i = 0; i < t.n; ++i) {
    const int64_t total = std::max<int64_t>(t.full[i] - call.shape(t.x)[i + 2] * t.window.stride[i], 0);
    pairs.push_back(total / 2);
    pairs.push_back(total - total / 2);
  }
  return set_padding(t.window, pairs);
}

Result<Transposed> transposed(Call& call, size_t n, std::string_view strides_name, std::string_view dilations_name) {
  Transposed t;
  t.n = n;
  TRY_ASSIGN(t.x, call.tensor(0));
  TRY_ASSIGN(t.w, call.tensor(1));
  TRY(call.want_rank(t.x, n + 2, "the input"));
  TRY(call.want_rank(t.w, n + 2, "the weight"));
  TRY(call.want_known(t.x));
  TRY(call.channels_first("format"));
  t.window.kernel.assign(call.shape(t.w).begin() + 2, call.shape(t.w).end());
  TRY_ASSIGN(auto strides, call.integers(strides_name, kAttributeOnly));
  TRY_ASSIGN(t.window.stride, spatial(std::move(strides), strides_name, n));
  TRY_ASSIGN(auto dilations, call.integers(dilations_name, kAttributeOnly, std::vector<int64_t>(n, 1)));
  TRY_ASSIGN(t.window.dilation, spatial(std::move(dilations), dilations_name, n));
  for (size_t i = 0; i < n; ++i) {
    t.full.push_back((call.shape(t.x)[i + 2] - 1) * t.window.stride[i] + t.window.dilation[i] * (t.window.kernel[i] - 1) + 1);
  }
  TRY(pad(call, t));
  return t;
}

Result<ir::ValueId> emit(Call& call, const Transposed& t, std::vector<int64_t> output_padding) {
  auto op = std::make_shared<ops::ConvTranspose>();
  TRY_ASSIGN(op->groups, call.integer("group", kAttributeOnly, 1));
  op->output_padding = std::move(output_padding);
  set_steps(*op, t.window);
  return call.emit(std::move(op), {t.x, t.w});
}

Result<Item> lower_conv_transpose(Call& call) {
  TRY_ASSIGN(const Transposed t, transposed(call, 2, "stride", "dilation"));
  const auto given = integers_of(call.input(2));
  const bool known = given && given->size() == 4 && (*given)[2] >= 0 && (*given)[3] >= 0;
  std::vector<int64_t> output_padding(2, 0);
  for (size_t i = 0; known && i < 2; ++i) {
    const int64_t natural = t.full[i] - t.window.pad_begin[i] - t.window.pad_end[i];
    output_padding[i] = (*given)[i + 2] - natural;
    if (output_padding[i] < 0) return invalid_model(str("output size ", (*given)[i + 2], " is smaller than ", natural, ", which the padding gives"));
  }
  return call.result(emit(call, t, std::move(output_padding)));
}

/// The last n values of an attribute that may hold those of the batch and channel dimensions too; none may be negative.
Result<std::vector<int64_t>> last_values(const Call& call, std::string_view name, size_t n) {
  TRY_ASSIGN(auto values, call.integers(name, kAttributeOnly));
  const bool fits = values.size() == n || values.size() == n + 2;
  if (!fits || *std::min_element(values.begin(), values.end()) < 0)
    return invalid_model(str(name, " is ", list_text<int64_t>(values), ", want ", n, " or ", n + 2, " values"));
  values.erase(values.begin(), values.end() - static_cast<std::ptrdiff_t>(n));
  return values;
}

Result<Item> lower_conv_transpose_3d(Call& call) {
  TRY_ASSIGN(const Transposed t, transposed(call, 3, "strides", "dilations"));
  TRY_ASSIGN(auto output_padding, last_values(call, "output_padding", 3));
  TRY_ASSIGN(const ir::ValueId y, emit(call, t, std::move(output_padding)));
  // The shape that MindSpore worked out when it wrote the file; of an open size it is none.
  TRY_ASSIGN(const auto size, call.integers("input_size", kAttributeOnly, std::vector<int64_t>()));
  const bool known = !size.empty() && std::all_of(size.begin(), size.end(), [](int64_t dim) { return dim > 0; });
  if (known && Shape(size) != call.shape(y)) return invalid_model(str("input_size is ", list_text<int64_t>(size), ", but the result is ", call.type(y).text()));
  return Item(Computed{y});
}

REGISTER_PRIMITIVE(Conv2DTranspose, lower_conv_transpose);
REGISTER_PRIMITIVE(Conv2DBackpropInput, lower_conv_transpose);
REGISTER_PRIMITIVE(Conv3DTranspose, lower_conv_transpose_3d);

}  // namespace
}  // namespace mindird::mindir
