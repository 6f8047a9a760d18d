#include "ops/pooling/positions.h"

namespace mindird::ops {

Status expect_position_type(DType type, int64_t count) {
  if (type == DType::kI64) return {};
  if (type != DType::kI32) return invalid_argument(str("index_type is ", dtype_name(type), ", want i32 or i64"));
  if (count <= std::numeric_limits<int32_t>::max()) return {};
  return unsupported(str("positions among ", count, " elements do not fit i32"));
}

}  // namespace mindird::ops
