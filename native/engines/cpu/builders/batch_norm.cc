// BatchNorm in inference, as oneDNN computes it; passes fold most of them away before they come here.
#include "ops/batch_norm.h"

#include "engines/cpu/builders.h"
#include "engines/cpu/builders/conv_common.h"
#include "engines/cpu/post_ops.h"
#include "engines/cpu/stream.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId node) {
  return all_f32(graph, node) ? Verdict::accept() : Verdict::refuse("element types other than f32");
}

Status build(NodeBuilder& b) {
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
