// MatMul: B is widened in panels of columns, then every row of A is added up over the panel. Sums are in double, integers wrap.
#include "ops/linear/matmul.h"

#include <algorithm>
#include <vector>

#include "ops/elementwise/broadcast.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

/// One product of matrices: sizes, and how far apart neighbours lie in A and B as stored.
struct Product {
  int64_t rows;
  int64_t depth;
  int64_t columns;
  int64_t a_row, a_depth;
  int64_t b_depth, b_column;
};

constexpr int64_t kPanel = 64;

template <class T>
void multiply(const Product& g, const T* a, const T* b, const T* bias, T* c, std::span<Accumulator<T>> panel) {
  using A = Accumulator<T>;
  for (int64_t low = 0; low < g.columns; low += kPanel) {
    const int64_t width = std::min(kPanel, g.columns - low);
    for (int64_t k = 0; k < g.depth; ++k) {
      for (int64_t j = 0; j < width; ++j) {
        panel[static_cast<size_t>(k * kPanel + j)] = widen(b[k * g.b_depth + (low + j) * g.b_column]);
      }
    }
    for (int64_t i = 0; i < g.rows; ++i) {
      std::array<A, kPanel> sums{};
      for (int64_t j = 0; bias && j < width; ++j) sums[static_cast<size_t>(j)] = widen(bias[low + j]);
      for (int64_t k = 0; k < g.depth; ++k) {
        const A x = widen(a[i * g.a_row + k * g.a_depth]);
        const A* line = panel.data() + k * kPanel;
        for (int64_t j = 0; j < width; ++j) sums[static_cast<size_t>(j)] += x * line[j];
      }
      for (int64_t j = 0; j < width; ++j) c[i * g.columns + low + j] = narrow<T>(sums[static_cast<size_t>(j)]);
    }
  }
}

Shape leading(const Shape& s) { return Shape(std::vector<int64_t>(s.begin(), s.end() - 2)); }

Product geometry(const Shape& a, const Shape& b, bool transpose_a, bool transpose_b) {
  const int64_t a0 = a[a.rank() - 2];
  const int64_t a1 = a[a.rank() - 1];
  const int64_t b0 = b[b.rank() - 2];
  const int64_t b1 = b[b.rank() - 1];
  Product g{a0, a1, b1, a1, 1, b1, 1};
  if (transpose_a) {
    std::swap(g.rows, g.depth);
    std::swap(g.a_row, g.a_depth);
  }
  if (transpose_b) {
    g.columns = b0;
    std::swap(g.b_depth, g.b_column);
  }
  return g;
}

template <class T>
Status multiply_all(const Product& g, const ir::EvalArgs& args) {
  const T* a = args.inputs[0].as<const T>().data();
  const T* b = args.inputs[1].as<const T>().data();
  const T* bias = args.inputs.size() > 2 ? args.inputs[2].as<const T>().data() : nullptr;
  T* c = args.outputs[0].as<T>().data();
  if (args.outputs[0].elements() == 0) return {};
  using A = Accumulator<T>;
  TRY_ASSIGN(Buffer buffer, Buffer::allocate(static_cast<size_t>(g.depth) * kPanel * sizeof(A)));
  const std::span panel(reinterpret_cast<A*>(buffer.data()), static_cast<size_t>(g.depth) * kPanel);
  const Shape a_batch = leading(args.inputs[0].shape());
  const Shape b_batch = leading(args.inputs[1].shape());
  const BroadcastWalk<2> walk(leading(args.outputs[0].shape()), {&a_batch, &b_batch});
  walk.for_each_run([&](int64_t at, const std::array<int64_t, 2>& from) {
    for (int64_t i = 0; i < walk.run(); ++i) {
      const T* left = a + (from[0] + i * walk.step(0)) * g.rows * g.depth;
      const T* right = b + (from[1] + i * walk.step(1)) * g.depth * g.columns;
      multiply<T>(g, left, right, bias, c + (at + i) * g.rows * g.columns, panel);
    }
  });
  return {};
}

}  // namespace

void MatMul::attributes(ir::AttributeVisitor& v) {
  v.field("transpose_a", transpose_a);
  v.field("transpose_b", transpose_b);
}

Result<ir::Types> MatMul::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2, 3));
  TRY(expect_known(in));
  TRY(expect_rank(in, 0, 2));
  TRY(expect_rank(in, 1, 2));
  TRY(expect_numeric(in, 0));
  TRY(expect_same_dtype(in));
  const Shape& a = in[0].shape;
  const Shape& b = in[1].shape;
  const Product g = geometry(a, b, transpose_a, transpose_b);
  const int64_t b_depth = b[b.rank() - (transpose_b ? 1 : 2)];
  if (g.depth != b_depth) {
    return invalid_argument(str("inputs ", in[0].text(), " and ", in[1].text(), " have inner sizes ", g.depth, " and ", b_depth, ", want equal ones"));
  }
  const auto batch = broadcast_shapes(leading(a), leading(b));
  if (!batch) return invalid_argument(str("leading dims of ", in[0].text(), " and ", in[1].text(), " do not broadcast"));
  if (in.size() > 2) TRY(expect_shape(in, 2, Shape{g.columns}));
  std::vector<int64_t> dims = batch->vector();
  dims.push_back(g.rows);
  dims.push_back(g.columns);
  return one_output({in[0].dtype, Shape(std::move(dims))});
}

Status MatMul::evaluate(const ir::EvalArgs& args) const {
  const Product g = geometry(args.inputs[0].shape(), args.inputs[1].shape(), transpose_a, transpose_b);
  return dispatch_numeric(args.outputs[0].dtype(), [&]<class T>() { return multiply_all<T>(g, args); });
}

double MatMul::cost(std::span<const TensorType> in, std::span<const TensorType> out) const {
  const Product g = geometry(in[0].shape, in[1].shape, transpose_a, transpose_b);
  return static_cast<double>(g.depth) * static_cast<double>(out[0].shape.elements());
}

namespace {

/// The batch axis of operand i counted from the end of the output's dims, with rows and columns as in the product: 1 columns
/// (of B), 2 rows (of A), 3 and up leading dims; 0 for the summed dim.
int64_t place(const ir::BatchArgs& args, size_t i, bool transposed) {
  const int64_t from_end = static_cast<int64_t>(args.inputs[i].shape.rank()) - args.axes[i].axis;
  if (from_end > 2) return from_end;
  const int64_t kept = (i == 0) != transposed ? 2 : 1;  // the stored dim that survives, counted from the end
  if (from_end != kept) return 0;
  return i == 0 ? 2 : 1;
}

/// True when operand i has no dim, or one of size 1, at a leading place.
bool broadcast_at(const TensorType& type, int64_t from_end) {
  const auto rank = static_cast<int64_t>(type.shape.rank());
  return from_end > rank || type.shape[static_cast<size_t>(rank - from_end)] == 1;
}

}  // namespace

std::optional<ir::BatchAxis> MatMul::batch_axis(const ir::BatchArgs& args) const {
  if (none_batched(args)) return ir::BatchAxis{};
  if (args.inputs.size() > 2 && args.axes[2].axis >= 0) return std::nullopt;
  const auto rank = static_cast<int64_t>(args.outputs[0].shape.rank());
  const bool a_batched = args.axes[0].axis >= 0;
  const bool b_batched = args.axes[1].axis >= 0;
  if (a_batched && b_batched) {
    const int64_t at = place(args, 0, transpose_a);
    if (at < 3 || at != place(args, 1, transpose_b) || args.axes[0].inner != args.axes[1].inner) return std::nullopt;
    if (args.inputs[0].shape[static_cast<size_t>(args.axes[0].axis)] != args.inputs[1].shape[static_cast<size_t>(args.axes[1].axis)]) {
      return std::nullopt;
    }
    return ir::BatchAxis{rank - at, args.axes[0].inner};
  }
  const size_t batched = a_batched ? 0 : 1;
  const int64_t at = place(args, batched, batched == 0 ? transpose_a : transpose_b);
  if (at == 0) return std::nullopt;
  if (at >= 3 && !broadcast_at(args.inputs[1 - batched], at)) return std::nullopt;
  // A bias differs from column to column.
  if (at == 1 && args.inputs.size() > 2) return std::nullopt;
  const ir::BatchAxis result{rank - at, args.axes[batched].inner};
  const auto size = args.inputs[batched].shape[static_cast<size_t>(args.axes[batched].axis)];
  if (args.outputs[0].shape[static_cast<size_t>(result.axis)] != size) return std::nullopt;
  return result;
}

REGISTER_OP(MatMul);

}  // namespace mindird::ops
