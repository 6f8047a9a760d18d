#include "ops/normalization/normalize.h"

namespace mindird::ops {

std::vector<double> to_doubles(const Tensor& tensor) {
  std::vector<double> out;
  // The callers' infer admits floating types only, hence the dispatch cannot fail.
  static_cast<void>(dispatch_floating(tensor.dtype(), [&]<class T>() {
    for (T v : tensor.as<const T>()) out.push_back(widen(v));
  }));
  return out;
}

Status expect_parameter_dtype(std::span<const TensorType> in, size_t first) {
  TRY(expect_floating(in, 0));
  TRY(expect_same_dtype(in, first));
  if (first >= in.size() || in[first].dtype == in[0].dtype) return {};
  const bool narrow_data = in[0].dtype == DType::kF16 || in[0].dtype == DType::kBF16;
  if (narrow_data && in[first].dtype == DType::kF32) return {};
  return invalid_argument(str("input ", first, " is ", in[first].text(), ", want ", dtype_name(in[0].dtype), " like input 0"));
}

}  // namespace mindird::ops
