// Reduce: neighbouring dims of the same fate are merged; then for every block of up to kBlock neighbouring outputs the reduced
// elements are folded in. Sums and products are in double, those of integers wrap.
#include "ops/reduction/reduce.h"

#include <algorithm>
#include <limits>

#include "ops/reduction/reduce_folds.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

constexpr int64_t kBlock = 256;

struct Dim {
  int64_t size;
  int64_t stride;
};

/// The input as kept and reduced dims, outermost first; `inner` neighbouring outputs lie side by side in the input.
struct Layout {
  std::vector<Dim> kept;
  std::vector<Dim> reduced;
  int64_t inner = 1;
};

Layout layout(const Shape& shape, const std::vector<int64_t>& axes) {
  Layout out;
  const auto strides = shape.strides();
  bool last_reduced = true;
  for (size_t d = 0; d < shape.rank(); ++d) {
    const bool reduced = std::binary_search(axes.begin(), axes.end(), static_cast<int64_t>(d));
    auto& dims = reduced ? out.reduced : out.kept;
    if (!dims.empty() && d > 0 && reduced == last_reduced) {
      dims.back() = {dims.back().size * shape[d], strides[d]};
    } else {
      dims.push_back({shape[d], strides[d]});
    }
    last_reduced = reduced;
  }
  if (!last_reduced) {
    out.inner = out.kept.back().size;
    out.kept.pop_back();
  }
  return out;
}

int64_t count(const std::vector<Dim>& dims) {
  int64_t n = 1;
  for (const Dim& d : dims) n *= d.size;
  return n;
}

/// Offset of element i of the dims, counted row-major.
int64_t offset(const std::vector<Dim>& dims, int64_t i) {
  int64_t out = 0;
  for (size_t d = dims.size(); d-- > 0;) {
    out += i % dims[d].size * dims[d].stride;
    i /= dims[d].size;
  }
  return out;
}

template <class Fold>
void fold_all(const Layout& l, std::span<const typename Fold::Element> in, std::span<typename Fold::Element> out) {
  if (out.empty()) return;
  const Dim run = l.reduced.empty() ? Dim{1, 0} : l.reduced.back();
  const int64_t n = count(l.reduced);
  for (int64_t o = 0; o < count(l.kept); ++o) {
    for (int64_t low = 0; low < l.inner; low += kBlock) {
      const int64_t width = std::min(kBlock, l.inner - low);
      std::array<typename Fold::State, kBlock> state;
      std::fill_n(state.begin(), width, Fold::kStart);
      for (int64_t r = 0; r < n; r += run.size) {
        const auto* from = in.data() + offset(l.kept, o) + low + offset(l.reduced, r);
        for (int64_t i = 0; i < run.size; ++i, from += run.stride) {
          for (int64_t j = 0; j < width; ++j) Fold::add(state[static_cast<size_t>(j)], from[j]);
        }
      }
      auto* to = out.data() + o * l.inner + low;
      for (int64_t j = 0; j < width; ++j) to[j] = Fold::finish(state[static_cast<size_t>(j)], n);
    }
  }
}

template <class T>
void fold_kind(ReduceKind kind, const Layout& l, std::span<const T> in, std::span<T> out) {
  if constexpr (std::is_same_v<T, BoolByte>) {
    kind == ReduceKind::kAll ? fold_all<reduce::All>(l, in, out) : fold_all<reduce::Any>(l, in, out);
  } else {
    switch (kind) {
      case ReduceKind::kSum: return fold_all<reduce::Sum<T>>(l, in, out);
      case ReduceKind::kMean: return fold_all<reduce::Mean<T>>(l, in, out);
      case ReduceKind::kMax: return fold_all<reduce::Max<T>>(l, in, out);
      case ReduceKind::kMin: return fold_all<reduce::Min<T>>(l, in, out);
      default: return fold_all<reduce::Product<T>>(l, in, out);
    }
  }
}

bool is_logical(ReduceKind kind) { return kind == ReduceKind::kAll || kind == ReduceKind::kAny; }

}  // namespace

void Reduce::attributes(ir::AttributeVisitor& v) {
  v.choice("kind", kind, kReduceKindNames);
  v.field("axes", axes);
  v.field("keep_dims", keep_dims);
}

Result<ir::Types> Reduce::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  if (is_logical(kind)) {
    TRY(expect_dtype(in, 0, DType::kBool));
  } else {
    TRY(expect_numeric(in, 0));
  }
  const Shape& x = in[0].shape;
  TRY(expect_between("axes", axes, 0, static_cast<int64_t>(x.rank()) - 1));
  if (std::adjacent_find(axes.begin(), axes.end(), std::greater_equal<>()) != axes.end()) {
    return invalid_argument(str("axes are ", list_text<int64_t>(axes), ", want them sorted and different"));
  }
  std::vector<int64_t> dims;
  bool nothing_to_fold = false;
  for (size_t d = 0; d < x.rank(); ++d) {
    const bool reduced = std::binary_search(axes.begin(), axes.end(), static_cast<int64_t>(d));
    if (!reduced || keep_dims) dims.push_back(reduced ? 1 : x[d]);
    nothing_to_fold = nothing_to_fold || (reduced && x[d] == 0);
  }
  if (nothing_to_fold && (kind == ReduceKind::kMax || kind == ReduceKind::kMin)) {
    return invalid_argument(str("input 0 is ", in[0].text(), ", want at least one element to take the maximum or minimum of"));
  }
  return one_output({in[0].dtype, Shape(std::move(dims))});
}

Status Reduce::evaluate(const ir::EvalArgs& args) const {
  const Layout l = layout(args.inputs[0].shape(), axes);
  return dispatch_any(args.inputs[0].dtype(), [&]<class T>() { fold_kind<T>(kind, l, args.inputs[0].as<const T>(), args.outputs[0].as<T>()); });
}

double Reduce::cost(std::span<const TensorType> in, std::span<const TensorType>) const { return static_cast<double>(in[0].shape.elements()); }

std::optional<ir::BatchAxis> Reduce::batch_axis(const ir::BatchArgs& args) const {
  ir::BatchAxis out = args.axes[0];
  if (std::binary_search(axes.begin(), axes.end(), out.axis)) return std::nullopt;
  if (!keep_dims) out.axis -= std::lower_bound(axes.begin(), axes.end(), out.axis) - axes.begin();
  return out;
}

REGISTER_OP(Reduce);

}  // namespace mindird::ops
