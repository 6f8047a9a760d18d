// Conv: oneDNN convolutions in channels-last memory (plain when not optimizing), bias and absorbed operations inside.
#include "ops/linear/conv.h"

#include <algorithm>

#include "base/strings.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/build/tune.h"
#include "engines/cpu/emit/conv_common.h"
#include "engines/cpu/emit/epilogues.h"
#include "engines/cpu/emit/few_channels_conv.h"
#include "engines/cpu/emit/integers.h"
#include "engines/cpu/emit/low_precision.h"
#include "engines/cpu/emit/narrow_pointwise_conv.h"
#include "engines/cpu/emit/post_ops.h"
#include "engines/cpu/emit/winograd_conv.h"

namespace mindird::engines::cpu {
namespace {

using dnnl::convolution_forward;

Verdict supports(const ir::Graph& graph, ir::NodeId node) { return all_f32(graph, node) ? Verdict::accept() : Verdict::refuse("element types other than f32"); }

bool absorbs(const ir::Graph& graph, const Group& group, const PostOp& post) {
  return post.quantize ? can_requantise(graph, group, post) : can_append(graph, group, post, 1);
}

Status build_direct(NodeBuilder& b, DType factors = DType::kF32) {
  const auto& op = b.op<ops::Conv>();
  TRY_ASSIGN(Placed x, b.in(0, image_layout(b, b.in_type(0).shape)));
  if (factors == DType::kBF16) x = as_bf16(b, x);
  const Layout out = image_layout(b, b.out_type().shape);
  std::vector<PrimitiveArg> args;
  dnnl::primitive_attr attr = strict_attributes();
  TRY_ASSIGN(const size_t taken, append_post_ops(b, out, attr, args));
  const Shape weight_shape = grouped_weight_shape(b.in_type(1).shape, op.groups, 0);
  const dnnl::memory::desc weights = any_layout(weight_shape, factors);
  const bool has_bias = b.inputs() > 2;
  const dnnl::memory::desc bias = has_bias ? describe(DType::kF32, Layout::plain(b.in_type(2).shape)) : dnnl::memory::desc();
  const auto pd = convolution_forward::primitive_desc(device(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, x.desc(), weights,
                                                      bias, describe(DType::kF32, out), op.stride, minus_one(op.dilation), op.pad_begin, op.pad_end, attr);
  TRY(add_weights(b, 1, Layout::plain(weight_shape), pd.weights_desc(), args));
  if (has_bias) {
    TRY_ASSIGN(const Placed placed, b.in_plain(2));
    args.push_back({DNNL_ARG_BIAS, placed.ref, placed.desc()});
  }
  const Placed y = b.out(0, out);
  args.push_back({DNNL_ARG_SRC, x.ref, x.desc()});
  args.push_back({DNNL_ARG_DST, y.ref, y.desc()});
  b.emit(pd, convolution_forward(pd), std::move(args));
  b.count_product(factors);
  return emit_rest(b, y, taken);
}

/// The same on 8-bit integers, which are read and, where the group ends in them, written as such.
Status build_integers(NodeBuilder& b, const EightBits& bits) {
  const auto& op = b.op<ops::Conv>();
  const Shape weight_shape = grouped_weight_shape(b.in_type(1).shape, op.groups, 0);
  TRY_ASSIGN(const Placed x, codes_of(b, bits, image_layout(b, b.in_type(0).shape)));
  const Layout out = image_layout(b, b.out_type().shape);
  TRY_ASSIGN(IntegerTail tail, integer_tail(b, bits, out, op.groups == 1 ? 1 : 3));
  const DType result = b.graph().type(b.out_value()).dtype;
  const dnnl::memory::desc bias = tail.bias ? describe(DType::kF32, Layout::plain({out.dims[1]})) : dnnl::memory::desc();
  const convolution_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, x.desc(),
                                               any_layout(weight_shape, DType::kI8), bias, describe(result, out), op.stride, minus_one(op.dilation),
                                               op.pad_begin, op.pad_end, tail.attr);
  TRY_ASSIGN(const Ref weights, packed_weights(b, bits.weights, describe(DType::kI8, Layout::plain(weight_shape)), pd.weights_desc()));
  const Placed y = b.out(0, out);
  std::vector<PrimitiveArg> args = std::move(tail.args);
  if (tail.bias) args.push_back({DNNL_ARG_BIAS, *tail.bias, bias});
  args.push_back({DNNL_ARG_WEIGHTS, weights, pd.weights_desc()});
  args.push_back({DNNL_ARG_SRC, x.ref, x.desc()});
  args.push_back({DNNL_ARG_DST, y.ref, y.desc()});
  b.emit(pd, convolution_forward(pd), std::move(args));
  b.count_product(DType::kI8);
  return {};
}

Status build(NodeBuilder& b) {
  if (const auto bits = b.optimize() ? find_eight_bits(b.graph(), b.group().anchor) : std::nullopt) return build_integers(b, *bits);
  const std::vector<WinogradChoice> winograd = b.optimize() && winograd_fits(b) ? winograd_choices(b) : std::vector<WinogradChoice>();
  const bool low = has_bf16_products() && may_be_bf16(b, b.in_type(1).shape[1], kFewestInConvolution, b.out_type().shape[1]);
  const bool few = few_channels_fit(b);
  const bool narrow = narrow_fits(b);
  if (winograd.empty() && !low && !few && !narrow) return build_direct(b);
  std::vector<std::string> names{"direct"};
  for (const WinogradChoice& choice : winograd) names.emplace_back(choice.name);
  if (low) names.emplace_back(kBf16Choice);
  if (few) names.emplace_back(kFewChannelsChoice);
  if (narrow) names.emplace_back(kNarrowChoice);
  TRY_ASSIGN(const std::string chosen, choose_kernel(b, names));
  if (chosen == kBf16Choice) return build_direct(b, DType::kBF16);
  const auto choice = std::ranges::find(winograd, std::string_view(chosen), [](const WinogradChoice& one) { return std::string_view(one.name); });
  if (chosen != kFewChannelsChoice && chosen != kNarrowChoice && choice == winograd.end()) return build_direct(b);
  b.count_product(DType::kF32);
  if (chosen == kFewChannelsChoice) return build_few_channels(b);
  return chosen == kNarrowChoice ? build_narrow(b) : build_winograd(b, *choice);
}

REGISTER_BUILDER(Conv, {.supports = supports, .build = build, .absorbs = absorbs});

}  // namespace
}  // namespace mindird::engines::cpu
