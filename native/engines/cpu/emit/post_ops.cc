#include "engines/cpu/emit/post_ops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "engines/cpu/base/stream.h"
#include "engines/cpu/emit/runs.h"
#include "engines/cpu/kernels/elementwise.h"

namespace mindird::engines::cpu {
namespace {

using dnnl::algorithm;
using ops::BinaryKind;
using ops::UnaryKind;

constexpr float kInfinite = std::numeric_limits<float>::infinity();
constexpr float kLargest = std::numeric_limits<float>::max();

/// One value per channel: all dims of size 1 but the one that meets dim `axis` of the output.
bool is_per_channel(const Shape& operand, const Shape& out, size_t axis) {
  if (operand.rank() > out.rank()) return false;
  const size_t missing = out.rank() - operand.rank();
  for (size_t d = 0; d < operand.rank(); ++d) {
    if (operand[d] != (d + missing == axis ? out[axis] : 1)) return false;
  }
  return axis >= missing;
}

/// `shape` with dims of size 1 put in front or taken away there until it has `rank` dims.
Shape with_rank(const Shape& shape, size_t rank) {
  const size_t kept = std::min(rank, shape.rank());
  std::vector<int64_t> dims(rank - kept, 1);
  dims.insert(dims.end(), shape.end() - static_cast<std::ptrdiff_t>(kept), shape.end());
  return Shape(std::move(dims));
}

/// oneDNN's function in a step of its own.
void emit_primitive(NodeBuilder& b, const ops::Unary& op, const Placed& x, const Placed& y) {
  // All positions are treated alike, so one long row serves every layout and always meets the fast kernel.
  const dnnl::memory::desc flat({x.layout.dims.elements()}, dnnl::memory::data_type::f32, dnnl::memory::dims{1});
  const Eltwise f = *find_eltwise(op);
  const dnnl::eltwise_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference, f.algorithm, flat, flat, f.alpha, f.beta, strict_attributes());
  b.emit(pd, dnnl::eltwise_forward(pd), {{DNNL_ARG_SRC, x.ref, flat}, {DNNL_ARG_DST, y.ref, flat}});
}

/// With AVX-512 oneDNN's GELU of infinity is NaN, and of the largest number infinity. Its clip before it makes the one the other, and of NaN -infinity,
/// whose GELU is NaN; the limits are those of numbers, so that nothing else changes.
bool gelu_loses_infinity() {
  static const bool loses = [] {
    std::array<float, 16> values;
    values.fill(kInfinite);
    const dnnl::memory::desc desc({16}, dnnl::memory::data_type::f32, dnnl::memory::dims{1});
    const dnnl::eltwise_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference, algorithm::eltwise_gelu_erf, desc, desc, 0, 0);
    const dnnl::memory memory(desc, device(), values.data());
    dnnl::stream stream(device());
    dnnl::eltwise_forward(pd).execute(stream, {{DNNL_ARG_SRC, memory}, {DNNL_ARG_DST, memory}});
    stream.wait();
    return std::isnan(values[0]);
  }();
  return loses;
}

/// On arm64 oneDNN's functions make a number of NaN (tanh, log, softplus), or of -infinity times zero -infinity (x sigmoid(ax)): own kernels take their place.
constexpr bool is_wrong_beyond_bounds([[maybe_unused]] UnaryKind kind) {
#if defined(__aarch64__)
  return kind == UnaryKind::kTanh || kind == UnaryKind::kLog || kind == UnaryKind::kSoftplus || kind == UnaryKind::kSilu || kind == UnaryKind::kFastGelu;
#else
  return false;
#endif
}

/// Functions that make something else of NaN where oneDNN applies them to a product: hard sigmoid 1; on arm64 without SVE sigmoid 0, and relu NaN.
constexpr bool is_wrong_behind_products(UnaryKind kind) {
#if defined(__aarch64__)
  if (kind == UnaryKind::kSigmoid || kind == UnaryKind::kRelu) return true;
#endif
  return kind == UnaryKind::kHardSigmoid;
}

}  // namespace

std::optional<Eltwise> find_eltwise(const ops::Unary& op) {
  if (is_wrong_beyond_bounds(op.kind)) return std::nullopt;
  const auto alpha = static_cast<float>(op.alpha);
  constexpr float kSixth = 1.0F / 6.0F;
  switch (op.kind) {
    case UnaryKind::kAbs: return Eltwise{algorithm::eltwise_abs};
    case UnaryKind::kNeg: return Eltwise{algorithm::eltwise_linear, -1, 0};
    case UnaryKind::kRound: return Eltwise{algorithm::eltwise_round};
    case UnaryKind::kExp: return Eltwise{algorithm::eltwise_exp};
    case UnaryKind::kLog: return Eltwise{algorithm::eltwise_log};
    case UnaryKind::kSqrt: return Eltwise{algorithm::eltwise_sqrt};
    case UnaryKind::kSquare: return Eltwise{algorithm::eltwise_square};
    case UnaryKind::kTanh: return Eltwise{algorithm::eltwise_tanh};
    case UnaryKind::kSigmoid: return Eltwise{algorithm::eltwise_logistic};
    case UnaryKind::kRelu: return Eltwise{algorithm::eltwise_relu};
    case UnaryKind::kRelu6: return Eltwise{algorithm::eltwise_clip, 0, 6};
    case UnaryKind::kLeakyRelu: return Eltwise{algorithm::eltwise_relu, alpha};
    case UnaryKind::kElu: return Eltwise{algorithm::eltwise_elu, alpha};
    case UnaryKind::kHardSigmoid: return Eltwise{algorithm::eltwise_hardsigmoid, kSixth, 0.5F};
    case UnaryKind::kHardSwish: return Eltwise{algorithm::eltwise_hardswish, kSixth, 0.5F};
    case UnaryKind::kGeluErf: return Eltwise{algorithm::eltwise_gelu_erf};
    case UnaryKind::kGeluTanh: return Eltwise{algorithm::eltwise_gelu_tanh};
    case UnaryKind::kFastGelu: return Eltwise{algorithm::eltwise_swish, 1.702F};
    case UnaryKind::kSilu: return Eltwise{algorithm::eltwise_swish, 1};
    case UnaryKind::kMish: return Eltwise{algorithm::eltwise_mish};
    case UnaryKind::kSoftplus: return Eltwise{algorithm::eltwise_soft_relu, 1};
    default: return std::nullopt;
  }
}

std::optional<algorithm> find_binary(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::kAdd: return algorithm::binary_add;
    case BinaryKind::kSub: return algorithm::binary_sub;
    case BinaryKind::kMul: return algorithm::binary_mul;
    case BinaryKind::kDiv: return algorithm::binary_div;
    case BinaryKind::kMaximum: return algorithm::binary_max;
    case BinaryKind::kMinimum: return algorithm::binary_min;
    default: return std::nullopt;
  }
}

bool can_append(const ir::Graph& graph, const Group& group, const PostOp& post, size_t channel_axis) {
  constexpr size_t kMostPostOps = 4;
  const TensorType& out = graph.type(graph.node(group.anchor).outputs[0]);
  if (out.dtype != DType::kF32 || post.quantize || group.post.size() >= kMostPostOps) return false;
  // Of NaN oneDNN's exp makes infinity; alone it is mended.
  if (post.unary) return post.unary->kind != UnaryKind::kExp && find_eltwise(*post.unary).has_value();
  const TensorType& operand = graph.type(post.operand);
  if (!find_binary(post.binary->kind) || operand.dtype != DType::kF32) return false;
  return operand.shape == out.shape || operand.shape.elements() == 1 || is_per_channel(operand.shape, out.shape, channel_axis);
}

dnnl::primitive_attr strict_attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attr.set_fpmath_mode(dnnl::fpmath_mode::strict);
  return attr;
}

Status append_operand(NodeBuilder& b, algorithm algorithm, ir::ValueId value, const Layout& layout, dnnl::post_ops& list, std::vector<PrimitiveArg>& args) {
  const Shape& shape = b.graph().type(value).shape;
  const bool full = shape == b.out_type().shape;
  // The step may see its output under another shape of the same memory (a matrix product with merged rows).
  const bool same_rank = full && layout.dims == shape;
  TRY_ASSIGN(Placed operand, b.place_as(value, same_rank ? layout : Layout::plain(shape)));
  operand.layout = full ? layout : Layout::plain(with_rank(shape.elements() == 1 ? Shape{} : shape, layout.dims.rank()));
  const int index = DNNL_ARG_ATTR_MULTIPLE_POST_OP(list.len()) | DNNL_ARG_SRC_1;
  list.append_binary(algorithm, operand.desc());
  args.push_back({index, operand.ref, operand.desc()});
  return {};
}

Result<size_t> append_post_ops(NodeBuilder& b, const Layout& layout, dnnl::primitive_attr& attr, std::vector<PrimitiveArg>& args) {
  dnnl::post_ops list;
  size_t taken = 0;
  for (const PostOp& post : b.group().post) {
    if (post.unary && is_wrong_behind_products(post.unary->kind)) break;
    ++taken;
    if (post.unary) {
      const Eltwise f = *find_eltwise(*post.unary);
      if (post.unary->kind == UnaryKind::kGeluErf && gelu_loses_infinity()) list.append_eltwise(algorithm::eltwise_clip, -kInfinite, kLargest);
      list.append_eltwise(f.algorithm, f.alpha, f.beta);
      continue;
    }
    TRY(append_operand(b, *find_binary(post.binary->kind), post.operand, layout, list, args));
  }
  attr.set_post_ops(list);
  return taken;
}

void emit_eltwise(NodeBuilder& b, const ops::Unary& op, const Placed& x, const Placed& y) {
  if (op.kind == UnaryKind::kHardSigmoid) {
    emit_run(b, x, y, hard_sigmoid_run);
    return;
  }
  if (op.kind == UnaryKind::kGeluErf && gelu_loses_infinity()) {
    emit_run(b, x, y, [](const float* from, float* to, int64_t count) { clip_run(from, -kInfinite, kLargest, to, count); });
    emit_primitive(b, op, y, y);
    return;
  }
  emit_primitive(b, op, x, y);
}

}  // namespace mindird::engines::cpu
