#include "mindir/primitives/pooling/window.h"

#include <algorithm>

#include "base/strings.h"

namespace mindird::mindir {
namespace {

/// Windows larger than this are not models; keeps sums and products of parameters far from overflow.
constexpr int64_t kMaxParameter = int64_t{1} << 24U;

}  // namespace

Result<ir::ValueId> input_of_rank(Call& call, size_t rank) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_rank(x, rank, "the input"));
  TRY(call.want_known(x));
  return x;
}

Result<std::vector<int64_t>> spatial(std::vector<int64_t> values, std::string_view name, size_t n) {
  if (values.size() == 1 && n > 1) values.assign(n, values[0]);
  if (values.size() != n && values.size() != n + 2) return invalid_model(str(name, " has ", values.size(), " values, want ", n, " or ", n + 2));
  for (size_t i = 0; i + n < values.size(); ++i) {
    if (values[i] != 1) return unsupported(str(name, " is ", list_text<int64_t>(values), ", want 1 for batch and channels"));
  }
  values.erase(values.begin(), values.end() - static_cast<std::ptrdiff_t>(n));
  for (const int64_t value : values) {
    if (value < 1 || value > kMaxParameter) return invalid_model(str(name, " has the value ", value));
  }
  return values;
}

Result<PadMode> pad_mode(const Call& call, std::string_view name, size_t position) {
  const Item& item = call.argument(name, position);
  if (item.as<std::string>()) {
    TRY_ASSIGN(const std::string mode, call.text(name));
    if (mode == "SAME") return PadMode::kSame;
    if (mode == "VALID") return PadMode::kValid;
    if (mode == "PAD" || mode == "CALCULATED") return PadMode::kPad;  // MaxPool3D says so of padding in ceiling mode
    return unsupported(str(name, " is \"", mode, "\", want same, valid or pad"));
  }
  TRY_ASSIGN(const int64_t number, call.integer(name, position));
  if (number == 1) return PadMode::kSame;
  if (number == 2) return PadMode::kValid;
  return unsupported(str(name, " is ", number, ", want 1 (same) or 2 (valid)"));
}

Status set_padding(Window& window, const std::vector<int64_t>& pairs) {
  const size_t n = window.kernel.size();
  if (pairs.size() != 2 * n) return invalid_model(str("padding has ", pairs.size(), " values, want ", 2 * n));
  for (size_t i = 0; i < n; ++i) {
    if (std::min(pairs[2 * i], pairs[2 * i + 1]) < 0 || std::max(pairs[2 * i], pairs[2 * i + 1]) > kMaxParameter) {
      return invalid_model(str("padding ", list_text<int64_t>(pairs), " is out of range"));
    }
    window.pad_begin.push_back(pairs[2 * i]);
    window.pad_end.push_back(pairs[2 * i + 1]);
  }
  return {};
}

void set_same_padding(Window& window, std::span<const int64_t> sizes) {
  for (size_t i = 0; i < window.kernel.size(); ++i) {
    const int64_t covered = window.dilation[i] * (window.kernel[i] - 1) + 1;
    const int64_t outputs = (sizes[i] + window.stride[i] - 1) / window.stride[i];
    const int64_t total = std::max<int64_t>((outputs - 1) * window.stride[i] + covered - sizes[i], 0);
    window.pad_begin.push_back(total / 2);
    window.pad_end.push_back(total - total / 2);
  }
}

}  // namespace mindird::mindir
