// BatchNorm in inference; passes fold most of them away before they come here. With constant statistics it is one multiply-add per
// channel whose factors are made at build, otherwise oneDNN computes it.
#include "ops/normalization/batch_norm.h"

#include <bit>
#include <cmath>

#include "base/strings.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/conv_common.h"
#include "engines/cpu/emit/post_ops.h"
#include "engines/cpu/emit/scale_shift.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId node) { return all_f32(graph, node) ? Verdict::accept() : Verdict::refuse("element types other than f32"); }

Status build_constant(NodeBuilder& b) {
  const auto channels = static_cast<size_t>(b.in_type(1).shape.elements());
  std::string hashes;
  std::span<const float> parameters[4];
  for (size_t i = 0; i < 4; ++i) {
    parameters[i] = b.constant(i + 1)->as<float>();
    hashes += b.constant(i + 1)->hash().hex();
  }
  const double epsilon = b.op<ops::BatchNorm>().epsilon;
  // Every bit of it: as text, 1e-7 and 1e-8 are the same.
  const PackKey key{str(hashes, ":", std::bit_cast<uint64_t>(epsilon)), "scale and shift", 2 * channels * sizeof(float)};
  TRY_ASSIGN(const Ref scale, b.packed(key, [&](std::byte* bytes) -> Status {
    auto* out = reinterpret_cast<float*>(bytes);
    const auto& [scale, bias, mean, variance] = parameters;
    for (size_t c = 0; c < channels; ++c) {
      const double a = static_cast<double>(scale[c]) / std::sqrt(static_cast<double>(variance[c]) + epsilon);
      out[c] = static_cast<float>(a);
      out[channels + c] = static_cast<float>(static_cast<double>(bias[c]) - a * static_cast<double>(mean[c]));
    }
    return {};
  }));
  TRY_ASSIGN(const Placed x, b.in(0));
  emit_affine(b, x, 1, scale, {scale.area, channels * sizeof(float)});
  return {};
}

Status build(NodeBuilder& b) {
  if (b.constant(1) && b.constant(2) && b.constant(3) && b.constant(4)) return build_constant(b);
  const Layout layout = image_layout(b, b.out_type().shape);
  TRY_ASSIGN(const Placed x, b.in(0, layout));
  std::vector<PrimitiveArg> args;
  const int indices[] = {0, DNNL_ARG_SCALE, DNNL_ARG_SHIFT, DNNL_ARG_MEAN, DNNL_ARG_VARIANCE};
  for (size_t i = 1; i < 5; ++i) {
    TRY_ASSIGN(const Placed p, b.in_plain(i));
    args.push_back({indices[i], p.ref, p.desc()});
  }
  using Flags = dnnl::normalization_flags;
  const dnnl::batch_normalization_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference, x.desc(), x.desc(),
                                                             static_cast<float>(b.op<ops::BatchNorm>().epsilon),
                                                             Flags::use_global_stats | Flags::use_scale | Flags::use_shift, strict_attributes());
  const Placed y = b.out(0, layout);
  args.push_back({DNNL_ARG_SRC, x.ref, x.desc()});
  args.push_back({DNNL_ARG_DST, y.ref, y.desc()});
  b.emit(pd, dnnl::batch_normalization_forward(pd), std::move(args));
  return {};
}

REGISTER_BUILDER(BatchNorm, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
