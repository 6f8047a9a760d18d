// All factors are folded into the one per output channel as far as they go: numbers are computed in a *unit*, the scale of a residual that is given in
// integers, or else the scale of the result where only functions lie before it that take a factor out of their argument.
#include "engines/cpu/emit/integers.h"

#include "engines/cpu/base/stream.h"
#include "engines/cpu/emit/post_ops.h"

namespace mindird::engines::cpu {
namespace {

/// f(u x) = u f'(x) for the f' that eltwise() gives.
bool scales_through(const ops::Unary& op) {
  return op.kind == ops::UnaryKind::kRelu || op.kind == ops::UnaryKind::kRelu6 || op.kind == ops::UnaryKind::kLeakyRelu;
}

/// The scale of a Quantize at the end of the group, 0 where there is none.
float result_scale(const NodeBuilder& b) {
  if (b.group().post.empty() || !b.group().post.back().quantize) return 0;
  return b.graph().value(b.graph().node(b.group().last()).inputs[1]).constant->as<float>()[0];
}

bool is_residual(const NodeBuilder& b, const PostOp& post) {
  return post.binary && post.binary->kind == ops::BinaryKind::kAdd && b.graph().type(post.operand).shape == b.out_type().shape;
}

/// The unit in which the sums begin.
float first_unit(const NodeBuilder& b) {
  for (const PostOp& post : b.group().post) {
    if (post.quantize) return result_scale(b);
    if (post.unary && scales_through(*post.unary)) continue;
    const auto codes = is_residual(b, post) ? find_codes(b.graph(), post.operand) : std::nullopt;
    return codes ? codes->scale : 1;
  }
  return 1;
}

/// Numbers of a step's own, kept with it.
Ref own_floats(NodeBuilder& b, const std::vector<float>& values) {
  const auto kept = std::make_shared<const std::vector<float>>(values);
  return b.add_constant(reinterpret_cast<const std::byte*>(kept->data()), kept->size() * sizeof(float), kept);
}

class Tail {
 public:
  Tail(NodeBuilder& b, const Layout& layout) : b_(b), layout_(layout), unit_(first_unit(b)), first_(unit_) {}

  float first() const { return first_; }

  Status add(const PostOp& post, IntegerTail& out) {
    if (post.quantize) return {};
    if (post.unary) {
      const Eltwise f = *find_eltwise(*post.unary);
      const bool through = scales_through(*post.unary);
      if (!through) change_unit(1);
      list_.append_eltwise(f.algorithm, f.alpha, post.unary->kind == ops::UnaryKind::kRelu6 ? f.beta / unit_ : f.beta);
      return {};
    }
    const auto codes = is_residual(b_, post) ? find_codes(b_.graph(), post.operand) : std::nullopt;
    change_unit(codes ? codes->scale : 1);
    const ir::ValueId value = codes ? codes->codes : post.operand;
    return append_operand(b_, *find_binary(post.binary->kind), value, layout_, list_, out.args);
  }

  void finish(IntegerTail& out) {
    out.attr.set_post_ops(list_);
    const float scale = result_scale(b_);
    if (scale == 0) return;
    if (scale == unit_) return;
    out.attr.set_scales_mask(DNNL_ARG_DST, 0);
    out.args.push_back({DNNL_ARG_ATTR_SCALES | DNNL_ARG_DST, own_floats(b_, {scale / unit_}), describe(DType::kF32, Layout::plain(Shape{1}))});
  }

  /// Back to numbers, for a result that is not integers.
  void to_numbers() {
    if (result_scale(b_) == 0) change_unit(1);
  }

 private:
  void change_unit(float unit) {
    if (unit == unit_) return;
    list_.append_eltwise(dnnl::algorithm::eltwise_linear, unit_ / unit, 0);
    unit_ = unit;
  }

  NodeBuilder& b_;
  const Layout& layout_;
  dnnl::post_ops list_;
  float unit_;
  float first_;
};

}  // namespace

bool can_requantise(const ir::Graph& graph, const Group& group, const PostOp& post) {
  const ConstantPtr& scale = graph.value(graph.node(post.node).inputs[1]).constant;
  return scale && scale->type().shape.rank() == 0 && scale->as<float>()[0] > 0 && find_eight_bits(graph, group.anchor);
}

Result<Placed> codes_of(NodeBuilder& b, const EightBits& bits, const Layout& layout) {
  TRY_ASSIGN(Placed x, b.place_as(bits.x.codes, layout));
  if (never_negative(b.graph(), bits.x.codes)) x.dtype = DType::kU8;
  return x;
}

Result<IntegerTail> integer_tail(NodeBuilder& b, const EightBits& bits, const Layout& layout, int mask) {
  IntegerTail out;
  out.attr = strict_attributes();
  Tail tail(b, layout);
  for (const PostOp& post : b.group().post) TRY(tail.add(post, out));
  tail.to_numbers();
  tail.finish(out);
  std::vector<float> factors = bits.scales;
  for (float& f : factors) f = f * bits.x.scale / tail.first();
  const bool single = factors.size() == 1;
  out.attr.set_scales_mask(DNNL_ARG_WEIGHTS, single ? 0 : mask);
  const auto count = static_cast<int64_t>(factors.size());
  out.args.push_back({DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, own_floats(b, factors), describe(DType::kF32, Layout::plain(Shape{count}))});
  if (bits.bias) {
    std::vector<float> bias(bits.bias->as<float>().begin(), bits.bias->as<float>().end());
    for (float& f : bias) f /= tail.first();
    out.bias = own_floats(b, bias);
  }
  return out;
}

}  // namespace mindird::engines::cpu
