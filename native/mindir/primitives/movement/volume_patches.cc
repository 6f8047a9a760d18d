// ExtractVolumePatches: windows of a volume side by side, places first and then channels: [N,C,D,H,W] to [N, places * C, depth, rows, columns].
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/movement/pad.h"
#include "ops/movement/slice.h"

namespace mindird::mindir {
namespace {

using Three = std::array<int64_t, 3>;

struct Windows {
  Three kernel{};
  Three stride{};
  Three count{};
  Three before{};
  Three after{};
};

Result<Three> spatial(const Call& call, std::string_view name) {
  TRY_ASSIGN(const std::vector<int64_t> given, call.integers(name, kAttributeOnly));
  if (given.size() != 5 || given[0] != 1 || given[1] != 1)
    return unsupported(str(name, " is ", list_text<int64_t>(given), ", want ones for batch and channels and three sizes"));
  const Three sizes{given[2], given[3], given[4]};
  constexpr int64_t kMost = 1024;
  if (std::ranges::any_of(sizes, [](int64_t size) { return size < 1 || size > kMost; })) return invalid_model(str(name, " is ", list_text<int64_t>(given)));
  return sizes;
}

Result<Windows> windows_of(const Call& call, const Shape& shape) {
  Windows w;
  TRY_ASSIGN(w.kernel, spatial(call, "kernel_size"));
  TRY_ASSIGN(w.stride, spatial(call, "strides"));
  TRY_ASSIGN(const std::string mode, call.text("padding"));
  if (mode != "SAME" && mode != "VALID") return unsupported(str("padding is \"", mode, "\""));
  for (size_t i = 0; i < 3; ++i) {
    const int64_t size = shape[2 + i];
    if (mode == "SAME") {
      w.count[i] = (size + w.stride[i] - 1) / w.stride[i];
      const int64_t padding = std::max<int64_t>((w.count[i] - 1) * w.stride[i] + w.kernel[i] - size, 0);
      w.before[i] = padding / 2;
      w.after[i] = padding - padding / 2;
    } else {
      if (size < w.kernel[i]) return invalid_model(str("windows of ", w.kernel[i], " in ", size, " elements"));
      w.count[i] = (size - w.kernel[i]) / w.stride[i] + 1;
    }
  }
  return w;
}

Result<ir::ValueId> padded(Call& call, ir::ValueId x, const Windows& w) {
  auto op = std::make_shared<ops::Pad>();
  op->before = {0, 0, w.before[0], w.before[1], w.before[2]};
  op->after = {0, 0, w.after[0], w.after[1], w.after[2]};
  return call.emit(std::move(op), {x});
}

/// The elements at one place of all windows.
Result<ir::ValueId> at_place(Call& call, ir::ValueId x, const Windows& w, const Three& place) {
  const Shape shape = call.shape(x);
  auto op = std::make_shared<ops::Slice>();
  op->begin = {0, 0, place[0], place[1], place[2]};
  op->size = {shape[0], shape[1], w.count[0], w.count[1], w.count[2]};
  op->stride = {1, 1, w.stride[0], w.stride[1], w.stride[2]};
  return call.emit(std::move(op), {x});
}

Result<Item> lower_volume_patches(Call& call) {
  TRY_ASSIGN(const ir::ValueId given, call.tensor(0));
  TRY(call.want_rank(given, 5, "the volume"));
  TRY(call.want_known(given));
  TRY_ASSIGN(const Windows w, windows_of(call, call.shape(given)));
  constexpr int64_t kMostPlaces = 4096;
  if (w.kernel[0] * w.kernel[1] * w.kernel[2] > kMostPlaces)
    return unsupported(str("windows of ", list_text<int64_t>(w.kernel), " elements, want at most ", kMostPlaces));
  TRY_ASSIGN(const ir::ValueId x, padded(call, given, w));
  std::vector<ir::ValueId> parts;
  for (int64_t d = 0; d < w.kernel[0]; ++d) {
    for (int64_t h = 0; h < w.kernel[1]; ++h) {
      for (int64_t v = 0; v < w.kernel[2]; ++v) {
        TRY_ASSIGN(const ir::ValueId part, at_place(call, x, w, {d, h, v}));
        parts.push_back(part);
      }
    }
  }
  return call.result(call.concat(std::move(parts), 1));
}

REGISTER_PRIMITIVE(ExtractVolumePatches, lower_volume_patches);

}  // namespace
}  // namespace mindird::mindir
