#include "engines/cpu/emit/integer_dense.h"

#include "engines/cpu/base/stream.h"
#include "engines/cpu/emit/conv_common.h"
#include "engines/cpu/emit/integers.h"
#include "ops/linear/matmul.h"

namespace mindird::engines::cpu {
namespace {

/// As in dense_layer.cc, the weights lie for a medium number of rows whatever the batch is, so that its sizes share one copy.
constexpr int64_t kTypicalRows = 64;
constexpr int kColumns = 2;  // oneDNN's mask for one scale per column

dnnl::memory::desc matrix(DType dtype, int64_t rows, int64_t columns) { return describe(dtype, Layout::plain({rows, columns})); }

}  // namespace

Status build_integer_dense(NodeBuilder& b, const EightBits& bits) {
  const Shape& a = b.in_type(0).shape;
  const Shape& w = b.in_type(1).shape;
  const bool transposed = b.op<ops::MatMul>().transpose_b;
  const int64_t depth = a[a.rank() - 1];
  const int64_t rows = a.elements() / depth;
  const int64_t columns = w[transposed ? 0 : 1];
  TRY_ASSIGN(const Placed x, codes_of(b, bits, Layout::plain(a)));
  TRY_ASSIGN(IntegerTail tail, integer_tail(b, bits, Layout::plain({rows, columns}), kColumns));
  const DType result = b.graph().type(b.out_value()).dtype;
  const dnnl::matmul::primitive_desc typical(device(), matrix(x.dtype, kTypicalRows, depth), any_layout({depth, columns}, DType::kI8),
                                             matrix(DType::kF32, kTypicalRows, columns), dnnl::primitive_attr());
  const dnnl::memory::desc weights = typical.weights_desc();
  const dnnl::memory::desc bias = tail.bias ? matrix(DType::kF32, 1, columns) : dnnl::memory::desc();
  const dnnl::matmul::primitive_desc pd(device(), matrix(x.dtype, rows, depth), weights, bias, matrix(result, rows, columns), tail.attr);
  const Layout given = transposed ? Layout{{depth, columns}, {1, depth}} : Layout::plain({depth, columns});
  TRY_ASSIGN(const Ref packed, packed_weights(b, bits.weights, describe(DType::kI8, given), weights));
  const Placed y = b.out(0, Layout::plain(b.out_type().shape));
  std::vector<PrimitiveArg> args = std::move(tail.args);
  if (tail.bias) args.push_back({DNNL_ARG_BIAS, *tail.bias, bias});
  args.push_back({DNNL_ARG_SRC, x.ref, matrix(x.dtype, rows, depth)});
  args.push_back({DNNL_ARG_WEIGHTS, packed, weights});
  args.push_back({DNNL_ARG_DST, y.ref, matrix(result, rows, columns)});
  b.emit(pd, dnnl::matmul(pd), std::move(args));
  b.count_product(DType::kI8);
  return {};
}

}  // namespace mindird::engines::cpu
