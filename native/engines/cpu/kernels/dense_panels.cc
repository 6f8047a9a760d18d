#include "engines/cpu/kernels/dense_part.h"

namespace mindird::engines::cpu {
namespace {

MINDIRD_CLONES void rows1(const DenseShape& s, const DenseData<float>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<1>(s, d, e, f, l); }
MINDIRD_CLONES void rows2(const DenseShape& s, const DenseData<float>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<2>(s, d, e, f, l); }
MINDIRD_CLONES void rows3(const DenseShape& s, const DenseData<float>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<3>(s, d, e, f, l); }
MINDIRD_CLONES void rows4(const DenseShape& s, const DenseData<float>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<4>(s, d, e, f, l); }
MINDIRD_CLONES void rows5(const DenseShape& s, const DenseData<float>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<5>(s, d, e, f, l); }
MINDIRD_CLONES void rows6(const DenseShape& s, const DenseData<float>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<6>(s, d, e, f, l); }
MINDIRD_CLONES void rows1_bf16(const DenseShape& s, const DenseData<BFloat16>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<1>(s, d, e, f, l); }
MINDIRD_CLONES void rows2_bf16(const DenseShape& s, const DenseData<BFloat16>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<2>(s, d, e, f, l); }
MINDIRD_CLONES void rows3_bf16(const DenseShape& s, const DenseData<BFloat16>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<3>(s, d, e, f, l); }
MINDIRD_CLONES void rows4_bf16(const DenseShape& s, const DenseData<BFloat16>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<4>(s, d, e, f, l); }
MINDIRD_CLONES void rows5_bf16(const DenseShape& s, const DenseData<BFloat16>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<5>(s, d, e, f, l); }
MINDIRD_CLONES void rows6_bf16(const DenseShape& s, const DenseData<BFloat16>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<6>(s, d, e, f, l); }

template <class Weight>
using Kernel = void (*)(const DenseShape&, const DenseData<Weight>&, const Epilogue&, int64_t, int64_t);
constexpr Kernel<float> kKernels[kMaxDenseRows] = {rows1, rows2, rows3, rows4, rows5, rows6};
constexpr Kernel<BFloat16> kBf16Kernels[kMaxDenseRows] = {rows1_bf16, rows2_bf16, rows3_bf16, rows4_bf16, rows5_bf16, rows6_bf16};

}  // namespace

template <>
void dense_panels(const DenseShape& shape, const DenseData<float>& data, const Epilogue& epilogue, int64_t first, int64_t last) {
  kKernels[shape.rows - 1](shape, data, epilogue, first, last);
}

template <>
void dense_panels(const DenseShape& shape, const DenseData<BFloat16>& data, const Epilogue& epilogue, int64_t first, int64_t last) {
  kBf16Kernels[shape.rows - 1](shape, data, epilogue, first, last);
}

}  // namespace mindird::engines::cpu
