#include "engines/cpu/emit/low_precision.h"

#include <algorithm>

#include "engines/cpu/base/stream.h"
#include "engines/cpu/emit/post_ops.h"
#include "ir/names.h"

namespace mindird::engines::cpu {
namespace {

constexpr int64_t kFewestOut = 16;

}  // namespace

bool has_bf16_products() {
  constexpr auto kWanted = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);
  static const bool has = (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & kWanted) == kWanted;
  return has;
}

bool may_be_bf16(const NodeBuilder& b, int64_t summed, int64_t fewest, int64_t out) {
  const BuildOptions& options = b.options();
  if (options.precision != Precision::kBf16 || !options.optimize || !b.constant(1) || summed < fewest || out < kFewestOut) return false;
  return !kept_in_f32(b);
}

bool kept_in_f32(const NodeBuilder& b) {
  return std::ranges::any_of(b.options().keep_fp32, [&](const std::string& entry) { return ir::names_node(entry, b.node()); });
}

Placed as_bf16(NodeBuilder& b, const Placed& x) {
  const Placed y{b.scratch(static_cast<size_t>(x.layout.span()) * sizeof(BFloat16)), DType::kBF16, x.layout};
  const dnnl::reorder::primitive_desc pd(device(), x.desc(), device(), y.desc(), strict_attributes());
  b.emit("convert to bf16", pd, dnnl::reorder(pd), {{DNNL_ARG_FROM, x.ref, x.desc()}, {DNNL_ARG_TO, y.ref, y.desc()}});
  return y;
}

}  // namespace mindird::engines::cpu
