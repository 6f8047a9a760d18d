// Poolings of today's interface: window as inputs, over the last 1 to 3 dimensions; an input without the batch dimension is one sample.
#include "base/strings.h"
#include "mindir/primitives/pooling/window.h"
#include "ops/pooling/adaptive_pool.h"
#include "ops/pooling/pool.h"

namespace mindird::mindir {
namespace {

/// The input as [N, C, spatial…], and how to give the result the rank it had.
struct Pooled {
  ir::ValueId x = 0;
  bool is_sample = false;
};

Result<Pooled> input_of(Call& call, size_t n) {
  Pooled out;
  TRY_ASSIGN(out.x, call.tensor(0));
  TRY(call.want_known(out.x));
  out.is_sample = call.rank(out.x) == n + 1;
  if (out.is_sample) {
    std::vector<int64_t> dims = call.shape(out.x).vector();
    dims.insert(dims.begin(), 1);
    TRY_ASSIGN(out.x, call.reshape(out.x, std::move(dims)));
  }
  TRY(call.want_rank(out.x, n + 2, "the input"));
  return out;
}

Result<ir::ValueId> result_of(Call& call, const Pooled& in, ir::ValueId y) {
  if (!in.is_sample) return y;
  std::vector<int64_t> dims = call.shape(y).vector();
  dims.erase(dims.begin());
  return call.reshape(y, std::move(dims));
}

/// (x, kernel_size, stride, padding, …), not dilated; without a stride that of the kernel.
Result<Window> window_of(Call& call, size_t n, std::string_view strides, std::string_view pads) {
  Window window;
  TRY_ASSIGN(auto kernel, call.integers("kernel_size", 1));
  TRY_ASSIGN(window.kernel, spatial(std::move(kernel), "kernel_size", n));
  window.stride = window.kernel;
  TRY_ASSIGN(auto stride, call.integers(strides, 2, std::vector<int64_t>()));
  if (!stride.empty()) {
    TRY_ASSIGN(window.stride, spatial(std::move(stride), strides, n));
  }
  window.dilation.assign(n, 1);
  TRY_ASSIGN(std::vector<int64_t> amounts, call.integers(pads, 3, std::vector<int64_t>(n, 0)));
  if (amounts.size() == 1) amounts.assign(n, amounts[0]);
  if (amounts.size() != n) return invalid_model(str(pads, " has ", amounts.size(), " values, want ", n));
  std::vector<int64_t> pairs;
  for (const int64_t amount : amounts) pairs.insert(pairs.end(), 2, amount);
  TRY(set_padding(window, pairs));
  return window;
}

Result<ir::ValueId> emit_pool(Call& call, const Pooled& in, std::shared_ptr<ops::Pool> op, const Window& window) {
  set_window(*op, window);
  TRY_ASSIGN(const ir::ValueId y, call.emit(std::move(op), {in.x}));
  return result_of(call, in, y);
}

/// (x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
LowerFunction average_ext(size_t n) {
  return [n](Call& call) -> Result<Item> {
    TRY_ASSIGN(const Pooled in, input_of(call, n));
    TRY_ASSIGN(const Window window, window_of(call, n, "stride", "padding"));
    auto op = std::make_shared<ops::Pool>();
    op->kind = ops::PoolKind::kAverage;
    TRY_ASSIGN(op->ceil_mode, call.flag("ceil_mode", 4, false));
    TRY_ASSIGN(op->count_include_pad, call.flag("count_include_pad", 5, true));
    if (n > 1) {
      TRY_ASSIGN(op->divisor_override, call.integer("divisor_override", 6, 0));
    }
    return call.result(emit_pool(call, in, std::move(op), window));
  };
}

/// (x, kernel_size, strides, pads, dilation, ceil_mode, argmax_type): the values; positions are not provided.
Result<Item> lower_max_with_positions(Call& call) {
  TRY_ASSIGN(const Pooled in, input_of(call, 2));
  TRY_ASSIGN(Window window, window_of(call, 2, "strides", "pads"));
  TRY_ASSIGN(auto dilation, call.integers("dilation", 4, std::vector<int64_t>(2, 1)));
  TRY_ASSIGN(window.dilation, spatial(std::move(dilation), "dilation", 2));
  auto op = std::make_shared<ops::Pool>();
  op->kind = ops::PoolKind::kMax;
  TRY_ASSIGN(op->ceil_mode, call.flag("ceil_mode", 5, false));
  TRY_ASSIGN(const ir::ValueId y, emit_pool(call, in, std::move(op), window));
  return make_tuple({Item(Computed{y}), Item(Unavailable{"the positions of the maxima are not provided"})});
}

/// (x, output_size); None, written as -1 or a minimum of int64, keeps a size.
Result<ir::ValueId> adaptive(Call& call, ops::AdaptivePoolKind kind, size_t n) {
  TRY_ASSIGN(const Pooled in, input_of(call, n));
  const Items* given = call.argument("output_size", 1).tuple();
  std::vector<int64_t> size;
  if (given && given->size() == n) {
    for (const Item& member : *given) {
      const auto one = member.is_none() ? std::optional(std::vector<int64_t>{-1}) : integers_of(member);
      if (!one || one->size() != 1) return invalid_model(str("output_size has the member ", member.text()));
      size.push_back(one->front());
    }
  } else {
    TRY_ASSIGN(size, call.integers("output_size", 1));
  }
  if (size.size() == 1) size.assign(n, size[0]);
  if (size.size() != n) return invalid_model(str("output_size has ", size.size(), " values, want ", n));
  for (size_t i = 0; i < n; ++i) {
    if (size[i] < 0) size[i] = call.shape(in.x)[i + 2];
  }
  auto op = std::make_shared<ops::AdaptivePool>();
  op->kind = kind;
  op->size = std::move(size);
  TRY_ASSIGN(const ir::ValueId y, call.emit(std::move(op), {in.x}));
  return result_of(call, in, y);
}

LowerFunction adaptive_average_ext(size_t n) {
  return [n](Call& call) -> Result<Item> { return call.result(adaptive(call, ops::AdaptivePoolKind::kAverage, n)); };
}

Result<Item> lower_adaptive_max_1d(Call& call) {
  TRY_ASSIGN(const ir::ValueId y, adaptive(call, ops::AdaptivePoolKind::kMax, 1));
  return make_tuple({Item(Computed{y}), Item(Unavailable{"the positions of the maxima are not provided"})});
}

REGISTER_PRIMITIVE(AvgPool1D, average_ext(1));
REGISTER_PRIMITIVE(AvgPool2D, average_ext(2));
REGISTER_PRIMITIVE(AvgPool3DExt, average_ext(3));
REGISTER_PRIMITIVE(MaxPoolWithIndices, lower_max_with_positions);
REGISTER_PRIMITIVE(MaxPoolWithMask, lower_max_with_positions);
REGISTER_PRIMITIVE(AdaptiveAvgPool1D, adaptive_average_ext(1));
REGISTER_PRIMITIVE(AdaptiveAvgPool2DExt, adaptive_average_ext(2));
REGISTER_PRIMITIVE(AdaptiveAvgPool3DExt, adaptive_average_ext(3));
REGISTER_PRIMITIVE(AdaptiveMaxPool1D, lower_adaptive_max_1d);

}  // namespace
}  // namespace mindird::mindir
