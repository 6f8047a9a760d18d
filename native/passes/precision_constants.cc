#include "passes/precision_constants.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/strings.h"
#include "ops/elementwise/cast.h"
#include "ops/movement/pad.h"
#include "ops/support.h"
#include "passes/precision_rules.h"

namespace mindird::passes {
namespace {

std::optional<std::string> unfit_magnitude(double magnitude, bool offset, DType low) {
  if (magnitude > largest_of(low)) return str("a constant reaches ", magnitude, ", beyond ", dtype_name(low));
  if (!offset && magnitude > 0 && magnitude < smallest_normal_of(low)) return str("a constant of at most ", magnitude, " vanishes in ", dtype_name(low));
  return std::nullopt;
}

/// Largest finite magnitude among the elements.
double largest_magnitude(const Constant& constant) {
  double largest = 0;
  const Status status = ops::dispatch_floating(constant.type().dtype, [&]<class T>() {
    ops::Compute<T> most{};
    for (const T& element : constant.as<T>()) {
      const auto magnitude = std::abs(ops::load(element));
      if (magnitude > most && std::isfinite(magnitude)) most = magnitude;
    }
    largest = static_cast<double>(most);
  });
  return status.ok() ? largest : 0;
}

}  // namespace

double largest_of(DType dtype) {
  switch (dtype) {
    case DType::kF16: return 65504;
    case DType::kBF16: return 0x1.FEp127;
    default: return std::numeric_limits<float>::max();
  }
}

double smallest_normal_of(DType dtype) { return dtype == DType::kF16 ? 0x1p-14 : std::numeric_limits<float>::min(); }

double ConstantRanges::largest(ir::ValueId value) const {
  const ConstantPtr& constant = graph_.value(value).constant;
  if (!constant || !is_floating(constant->type().dtype)) return 0;
  const auto [it, fresh] = largest_.try_emplace(value, 0);
  if (fresh) it->second = largest_magnitude(*constant);
  return it->second;
}

std::optional<std::string> ConstantRanges::unfit(const ir::Node& node, DType low) const {
  const bool products = precision_rule(*node.op).gain == Gain::kProducts;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (auto why = unfit_magnitude(largest(node.inputs[i]), products && i >= 2, low)) return why;
  }
  const auto* pad = ir::op_cast<ops::Pad>(*node.op);
  return pad && std::isfinite(pad->value) ? unfit_magnitude(std::abs(pad->value), false, low) : std::nullopt;
}

Result<ConstantPtr> convert_constant(const Constant& constant, DType to) {
  const TensorType type{to, constant.type().shape};
  TRY_ASSIGN(Buffer buffer, Buffer::allocate(type.bytes()));
  ops::Cast cast;
  cast.to = to;
  const Tensor from = constant.view();
  Tensor out{type, buffer.data()};
  TRY(cast.evaluate({.inputs = std::span(&from, 1), .outputs = std::span(&out, 1), .allocate = {}}));
  return ConstantPtr(std::make_shared<const Constant>(type, std::move(buffer)));
}

}  // namespace mindird::passes
