#include "mindir/primitives/creation/numbers.h"

#include "base/strings.h"

namespace mindird::mindir {

Status expect_created(int64_t count) {
  if (count < 0) return invalid_model(str(count, " elements"));
  if (count > kMaxCreated) return unsupported(str(count, " elements, want at most ", kMaxCreated));
  return {};
}

Result<ir::ValueId> numbers(Call& call, const std::vector<double>& values, Shape shape, DType dtype) {
  TRY_ASSIGN(const ir::ValueId as_double, call.constant({DType::kF64, std::move(shape)}, std::as_bytes(std::span(values))));
  return call.cast(as_double, dtype);
}

}  // namespace mindird::mindir
