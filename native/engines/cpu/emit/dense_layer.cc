// All batch sizes use weights in the layout oneDNN picks for a medium number of rows, so that the executables of one model share one
// copy: columns in panels, each panel depth-major. The own kernels of few rows and of many read the same panels.
#include "engines/cpu/emit/dense_layer.h"

#include <algorithm>

#include "base/strings.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/tune.h"
#include "engines/cpu/emit/conv_common.h"
#include "engines/cpu/emit/epilogues.h"
#include "engines/cpu/emit/low_precision.h"
#include "engines/cpu/emit/post_ops.h"
#include "engines/cpu/kernels/dense_blocks.h"
#include "engines/cpu/kernels/dense_fixed.h"
#include "ops/linear/matmul.h"
#include "ops/movement/transpose.h"

namespace mindird::engines::cpu {
namespace {

constexpr int64_t kTypicalRows = 64;
constexpr int64_t kBf16Width = 64;
constexpr int64_t kFixedWidth = 64;
constexpr const char* kFixedChoice = "16 bits";
constexpr const char* kBlocksChoice = "blocks";
/// Smaller products take no time worth a choice.
constexpr double kLeastBlocks = 4e6;
/// Of oneDNN's kernel and the own one alone, which do the same work and differ by a few hundredths, neither is preferred.
constexpr double kBlocksWin = 0.985;
/// Weights below this many stay in the near caches, where their bytes matter little.
constexpr int64_t kFewestFixed = 16384;
/// What rounding to 16 bits may cost, as round_to_fixed() tells it: what rounding to float16 costs. Weights that are normally distributed cost a third of it.
constexpr double kMostRounding = 2e-4;

struct Dense {
  int64_t rows;
  int64_t depth;
  int64_t columns;
  Layout given;  // of the constant, as [depth, columns]
};

Dense measure(const NodeBuilder& b) {
  const Shape& a = b.in_type(0).shape;
  const Shape& w = b.in_type(1).shape;
  const bool transposed = b.op<ops::MatMul>().transpose_b;
  Dense d{a.elements() / a[a.rank() - 1], a[a.rank() - 1], w[w.rank() - (transposed ? 2 : 1)], {}};
  d.given = transposed ? Layout{{d.depth, d.columns}, {1, d.depth}} : Layout::plain({d.depth, d.columns});
  return d;
}

dnnl::memory::desc rows_desc(int64_t rows, int64_t columns) { return describe(DType::kF32, Layout::plain({rows, columns})); }

dnnl::memory::desc factor_desc(int64_t rows, int64_t columns, DType dtype) { return describe(dtype, Layout::plain({rows, columns})); }

/// The layout for the weights at every number of rows.
dnnl::memory::desc weights_desc(const NodeBuilder& b, const Dense& d, DType factors) {
  if (!b.optimize()) return describe(DType::kF32, d.given);
  const dnnl::matmul::primitive_desc pd(device(), factor_desc(kTypicalRows, d.depth, factors), any_layout({d.depth, d.columns}, factors),
                                        rows_desc(kTypicalRows, d.columns), strict_attributes());
  return pd.weights_desc();
}

/// The shape for the own kernel, or nothing when the weights do not lie in panels it can read.
std::optional<DenseShape> panel_shape(const Dense& d, const dnnl::memory::desc& weights) {
  const auto blocks = weights.get_inner_blks();
  const auto strides = weights.get_strides();
  if (blocks.size() != 2 || weights.get_inner_idxs() != dnnl::memory::dims{0, 1} || blocks[1] % kLanes != 0) return std::nullopt;
  if (strides[0] != blocks[0] * blocks[1]) return std::nullopt;
  return DenseShape{d.rows, d.depth, d.columns, blocks[1], strides[1]};
}

/// Whether what own kernels leave of the absorbed operations is one GELU, which the kernel of many rows applies too.
bool ends_in_gelu(const NodeBuilder& b, const GroupEpilogue& found) {
  const auto& post = b.group().post;
  return found.taken + 1 == post.size() && post.back().unary && post.back().unary->kind == ops::UnaryKind::kGeluErf;
}

/// `scales` of Fixed16 weights alone.
template <class Weight>
Status emit_kernel(NodeBuilder& b, const DenseShape& shape, const Placed& x, Ref weights, Ref scales = {}) {
  constexpr bool kFixed = std::is_same_v<Weight, Fixed16>;
  const GroupEpilogue found = find_epilogue(b.graph(), b.group());
  // The kernel of weights in 16 bits has more rows than this, too.
  const bool many = std::is_same_v<Weight, float> && shape.rows > kMaxDenseRows;
  const bool gelu = many && ends_in_gelu(b, found);
  std::vector<Ref> refs{x.ref, weights};
  if (kFixed) refs.push_back(scales);
  Ref bias;
  if (b.inputs() > 2) {
    TRY_ASSIGN(const Placed placed, b.in_plain(2));
    refs.push_back(bias = placed.ref);
  }
  TRY_ASSIGN(const Ref residual, place_residual(b, found, Layout::plain(b.out_type().shape), refs));
  const Placed y = b.out(0, Layout::plain(b.out_type().shape));
  refs.push_back(y.ref);
  const Epilogue epilogue = found.epilogue;
  const char* const name = many ? kBlocksChoice : kFixed ? "panels of 16 bits" : "panels";
  b.emit(name, std::move(refs), [=, x = x.ref, y = y.ref](const Frame& frame) -> Status {
    const DenseData<Weight> data{frame.at<float>(x),
                                 frame.at<Weight>(weights),
                                 frame.at_or_null<float>(bias),
                                 frame.at_or_null<float>(residual),
                                 frame.at<float>(y),
                                 kFixed ? frame.at<float>(scales) : nullptr};
    const int64_t units = many ? dense_block_units(shape) : (shape.columns + shape.width - 1) / shape.width;
    parallel_for(frame.threads, units, [&](int64_t first, int64_t last) {
      if constexpr (kFixed) {
        dense_fixed(shape, data, epilogue, first, last);
      } else if constexpr (std::is_same_v<Weight, float>) {
        many ? dense_blocks(shape, data, epilogue, gelu, first, last) : dense_panels(shape, data, epilogue, first, last);
      } else {
        dense_panels(shape, data, epilogue, first, last);
      }
    });
    return {};
  });
  return emit_rest(b, y, found.taken + (gelu ? 1 : 0));
}

/// Whether the weights may be stored in 16 bits: asked for, not kept, and enough of them that reading them takes time.
bool may_be_fixed(const NodeBuilder& b, const Dense& d) {
  const BuildOptions& options = b.options();
  return options.short_weights && options.optimize && d.rows <= kMaxFixedRows && d.depth * d.columns >= kFewestFixed && !kept_in_f32(b);
}

/// Panels of bf16 weights, which the kernel widens as it reads them: half the bytes, and a few rows are bound by those.
Status emit_bf16_kernel(NodeBuilder& b, const Dense& d, const Placed& x) {
  const int64_t count = (d.columns + kBf16Width - 1) / kBf16Width;
  const DenseShape shape{d.rows, d.depth, d.columns, kBf16Width, d.depth * kBf16Width};
  const ConstantPtr weights = b.constant(1);
  const PackKey key{str(weights->hash().hex(), ":bf16 panels ", desc_text(describe(DType::kF32, d.given))), str("panels of ", kBf16Width),
                    static_cast<size_t>(count * shape.panel_stride) * sizeof(BFloat16)};
  TRY_ASSIGN(const Ref panels, b.packed(key, [&](std::byte* out) -> Status {
    auto* to = reinterpret_cast<BFloat16*>(out);
    const float* from = weights->as<float>().data();
    for (int64_t c = 0; c < count * kBf16Width; ++c) {
      BFloat16* column = to + c / kBf16Width * shape.panel_stride + c % kBf16Width;
      const float* given = from + c * d.given.strides[1];
      for (int64_t k = 0; k < d.depth; ++k) column[k * kBf16Width] = BFloat16(c < d.columns ? given[k * d.given.strides[0]] : 0.0F);
    }
    return {};
  }));
  return emit_kernel<BFloat16>(b, shape, x, panels);
}

/// Panels of weights in 16 bits with their columns' scales in front. Fails where rounding costs too much.
Status emit_fixed_kernel(NodeBuilder& b, const Dense& d, const Placed& x) {
  const int64_t count = (d.columns + kFixedWidth - 1) / kFixedWidth;
  const DenseShape shape{d.rows, d.depth, d.columns, kFixedWidth, d.depth * kFixedWidth};
  const ConstantPtr weights = b.constant(1);
  const auto columns = static_cast<size_t>(count * kFixedWidth);
  const size_t elements = columns * static_cast<size_t>(d.depth);
  const PackKey key{str(weights->hash().hex(), ":16 bit panels ", desc_text(describe(DType::kF32, d.given))), str("panels of ", kFixedWidth),
                    columns * sizeof(float) + elements * sizeof(Fixed16)};
  TRY_ASSIGN(const Ref scales, b.packed(key, [&](std::byte* out) -> Status {
    auto* to = reinterpret_cast<float*>(out);
    const GivenMatrix given{weights->as<float>().data(), d.depth, d.columns, d.given.strides[0], d.given.strides[1]};
    const double cost = round_to_fixed(given, kFixedWidth, {reinterpret_cast<Fixed16*>(to + columns), elements}, {to, columns});
    if (cost <= kMostRounding) return {};
    return unsupported(str("node \"", b.node().origin, "\": weights in 16 bits would be off by ", cost, " of a column's mean, want at most ", kMostRounding));
  }));
  return emit_kernel<Fixed16>(b, shape, x, {scales.area, scales.offset + columns * sizeof(float)}, scales);
}

/// Whether the own kernel can multiply many rows: whole operations it knows, and weights in panels of its width.
bool may_be_blocks(const NodeBuilder& b, const Dense& d, const dnnl::memory::desc& weights) {
  if (!b.optimize() || d.rows <= kMaxDenseRows || d.columns < kBlockColumns) return false;
  if (static_cast<double>(d.rows) * static_cast<double>(d.depth) * static_cast<double>(d.columns) < kLeastBlocks) return false;
  const auto panels = panel_shape(d, weights);
  if (!panels || panels->width != kBlockColumns) return false;
  const GroupEpilogue found = find_epilogue(b.graph(), b.group());
  return found.taken == b.group().post.size() || ends_in_gelu(b, found);
}

Status emit_primitive(NodeBuilder& b, const Dense& d, Placed x, const dnnl::memory::desc& weights, DType factors) {
  if (factors == DType::kBF16) x = as_bf16(b, x);
  const dnnl::memory::desc source = factor_desc(d.rows, d.depth, factors);
  const Layout out = Layout::plain({d.rows, d.columns});
  std::vector<PrimitiveArg> args;
  dnnl::primitive_attr attr = strict_attributes();
  TRY_ASSIGN(const size_t taken, append_post_ops(b, out, attr, args));
  dnnl::memory::desc bias;
  if (b.inputs() > 2) {
    bias = rows_desc(1, d.columns);
    TRY_ASSIGN(const Placed placed, b.in_plain(2));
    args.push_back({DNNL_ARG_BIAS, placed.ref, bias});
  }
  const dnnl::matmul::primitive_desc pd(device(), source, weights, bias, rows_desc(d.rows, d.columns), attr);
  TRY(add_weights(b, 1, d.given, weights, args));
  const Placed y = b.out(0, Layout::plain(b.out_type().shape));
  args.push_back({DNNL_ARG_SRC, x.ref, source});
  args.push_back({DNNL_ARG_DST, y.ref, rows_desc(d.rows, d.columns)});
  b.emit(pd, dnnl::matmul(pd), std::move(args));
  return emit_rest(b, y, taken);
}

}  // namespace

bool is_dense_layer(const NodeBuilder& b) {
  const Shape& a = b.in_type(0).shape;
  const Shape& w = b.in_type(1).shape;
  if (!b.constant(1) || b.constant(0)) return false;
  const bool one_matrix = w.elements() == w[w.rank() - 1] * w[w.rank() - 2] && w.rank() <= a.rank();
  // A transposed left side is one matrix product only when there is one matrix.
  return one_matrix && !b.op<ops::MatMul>().transpose_a;
}

Status build_dense(NodeBuilder& b) {
  const Dense d = measure(b);
  const bool few = d.rows <= kMaxDenseRows;
  const dnnl::memory::desc weights = weights_desc(b, d, DType::kF32);
  std::vector<std::string> kernels{"f32"};
  if (may_be_bf16(b, d.depth, kFewestInMatrix, d.columns) && (few || has_bf16_products())) kernels.emplace_back(kBf16Choice);
  if (may_be_fixed(b, d)) kernels.emplace_back(kFixedChoice);
  if (may_be_blocks(b, d, weights)) kernels.emplace_back(kBlocksChoice);
  std::string chosen = kernels[0];
  if (kernels.size() > 1) {
    TRY_ASSIGN(chosen, choose_kernel(b, kernels, kernels[1] == kBlocksChoice ? kBlocksWin : kClearWin));
  }
  const DType factors = chosen == kBf16Choice ? DType::kBF16 : DType::kF32;
  b.count_product(factors);
  TRY_ASSIGN(const Placed x, b.in_plain(0));
  if (chosen == kFixedChoice) {
    b.count_short_weights();
    return emit_fixed_kernel(b, d, x);
  }
  if (factors == DType::kBF16 && few) return emit_bf16_kernel(b, d, x);
  if (factors == DType::kBF16) return emit_primitive(b, d, x, weights_desc(b, d, factors), factors);
  const auto panels = panel_shape(d, weights);
  if (!b.optimize() || !panels || (!few && chosen != kBlocksChoice)) return emit_primitive(b, d, x, weights, factors);
  std::vector<PrimitiveArg> args;
  TRY(add_weights(b, 1, d.given, weights, args));
  return emit_kernel<float>(b, *panels, x, args[0].ref);
}

Layout preferred_product_layout(const NodeBuilder& b) {
  const ir::ValueId value = b.out_value();
  const Shape& shape = b.graph().type(value).shape;
  if (!b.optimize() || !b.graph().single_use(value)) return Layout::plain(shape);
  const auto* transpose = ir::op_cast<ops::Transpose>(*b.graph().node(b.graph().value(value).uses[0].node).op);
  if (!transpose) return Layout::plain(shape);
  // The transposed value's dims in row-major order are these dims in the order of the permutation.
  std::vector<size_t> order;
  for (int64_t p : transpose->perm) order.push_back(static_cast<size_t>(p));
  const Layout layout = Layout::dense(shape, order);
  return layout.strides[shape.rank() - 1] == 1 ? layout : Layout::plain(shape);
}

}  // namespace mindird::engines::cpu
