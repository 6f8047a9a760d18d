#include "passes/constants.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "ops/support.h"

namespace mindird::passes {
namespace {

constexpr int64_t kMostListed = int64_t{1} << 26U;
constexpr int64_t kMostChannels = int64_t{1} << 22U;

/// Index of the constant's only dim that is not 1, aligned to the trailing dims of `rank`; `rank` itself when all are
/// 1; nothing when several are not.
std::optional<size_t> varying_dim(const Shape& shape, size_t rank) {
  if (shape.rank() > rank) return std::nullopt;
  size_t found = rank;
  for (size_t i = 0; i < shape.rank(); ++i) {
    if (shape[i] == 1) continue;
    if (found != rank) return std::nullopt;
    found = i + rank - shape.rank();
  }
  return found;
}

/// Rounds a value to the element type; an error when that makes it infinite.
template <class T>
Status put(double value, T& out) {
  out = ops::narrow<T>(value);
  if (!std::isfinite(static_cast<double>(ops::load(out)))) return invalid_argument(str("value ", value, " does not fit the element type"));
  return {};
}

}  // namespace

std::optional<std::vector<double>> values_of(const Constant& constant) {
  if (constant.type().dtype == DType::kBool || constant.type().shape.elements() > kMostListed) return std::nullopt;
  std::vector<double> out;
  const Status status = ops::dispatch_numeric(constant.type().dtype, [&]<class T>() {
    for (const T& v : constant.as<T>()) out.push_back(static_cast<double>(ops::load(v)));
  });
  if (!status.ok()) return std::nullopt;
  return out;
}

std::optional<double> uniform_value(const ir::Graph& graph, ir::ValueId value) {
  const ConstantPtr& constant = graph.value(value).constant;
  if (!constant || constant->type().dtype == DType::kBool || constant->type().shape.elements() == 0) return std::nullopt;
  std::optional<double> out;
  const Status status = ops::dispatch_numeric(constant->type().dtype, [&]<class T>() {
    const auto values = constant->as<T>();
    const auto first = ops::load(values[0]);
    const bool same = std::all_of(values.begin(), values.end(), [&](const T& v) { return ops::load(v) == first; });
    if (same) out = static_cast<double>(first);
  });
  return status.ok() ? out : std::nullopt;
}

std::optional<std::vector<double>> channel_values(const ir::Graph& graph, ir::ValueId value, const Shape& shape, size_t axis) {
  const ConstantPtr& constant = graph.value(value).constant;
  if (!constant || !is_floating(constant->type().dtype) || axis >= shape.rank() || shape[axis] > kMostChannels) return std::nullopt;
  const Shape& own = constant->type().shape;
  if (own.rank() > shape.rank() || own.elements() == 0) return std::nullopt;
  const auto channels = static_cast<size_t>(shape[axis]);
  if (const auto uniform = uniform_value(graph, value)) {
    const auto broadcast = broadcast_shapes(own, shape);
    if (!broadcast || !(*broadcast == shape)) return std::nullopt;
    return std::vector<double>(channels, *uniform);
  }
  const auto varying = varying_dim(own, shape.rank());
  if (!varying || *varying != axis || static_cast<size_t>(own.elements()) != channels) return std::nullopt;
  return values_of(*constant);
}

Result<ConstantPtr> make_floats(const TensorType& type, std::span<const double> values) {
  if (static_cast<size_t>(type.shape.elements()) != values.size()) {
    return internal_error(str("constant ", type.text(), " given ", values.size(), " values"));
  }
  TRY_ASSIGN(Buffer buffer, Buffer::allocate(type.bytes()));
  auto* data = buffer.data();
  TRY(ops::dispatch_floating(type.dtype, [&]<class T>() -> Status {
    auto* out = reinterpret_cast<T*>(data);
    for (size_t i = 0; i < values.size(); ++i) TRY(put(values[i], out[i]));
    return {};
  }));
  return ConstantPtr(std::make_shared<const Constant>(type, std::move(buffer)));
}

Result<ConstantPtr> scale_floats(const Constant& constant, int64_t run, const std::function<double(int64_t)>& factor) {
  const TensorType& type = constant.type();
  TRY_ASSIGN(Buffer buffer, Buffer::allocate(type.bytes()));
  auto* data = buffer.data();
  TRY(ops::dispatch_floating(type.dtype, [&]<class T>() -> Status {
    const auto from = constant.as<T>();
    auto* out = reinterpret_cast<T*>(data);
    const auto length = static_cast<size_t>(run);
    for (size_t first = 0; first < from.size(); first += length) {
      const double scale = factor(static_cast<int64_t>(first));
      for (size_t i = first; i < first + length; ++i) TRY(put(static_cast<double>(ops::load(from[i])) * scale, out[i]));
    }
    return {};
  }));
  return ConstantPtr(std::make_shared<const Constant>(type, std::move(buffer)));
}

}  // namespace mindird::passes
