// Softmax and LogSoftmax.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/normalization/softmax.h"

namespace mindird::mindir {
namespace {

LowerFunction softmax(bool log) {
  return [log](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const auto axes, call.integers("axis", 1, std::vector<int64_t>{-1}));
    if (axes.size() != 1) return unsupported(str(axes.size(), " axes, want 1"));
    TRY_ASSIGN(const size_t axis, call.axis(axes[0], call.rank(x)));
    auto op = std::make_shared<ops::Softmax>();
    op->axis = static_cast<int64_t>(axis);
    op->log = log;
    return call.result(call.emit(std::move(op), {x}));
  };
}

/// (x, dim, dtype); without an axis the old rule: 0 for ranks 0, 1 and 3, else 1.
Result<Item> lower_log_softmax_ext(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  if (call.has("dtype", 2)) {
    TRY_ASSIGN(const DType dtype, call.element_type("dtype", 2));
    TRY_ASSIGN(x, call.cast(x, dtype));
  }
  const size_t rank = call.rank(x);
  TRY_ASSIGN(const int64_t given, call.integer("dim", 1, rank == 0 || rank == 1 || rank == 3 ? 0 : 1));
  TRY_ASSIGN(const size_t axis, call.axis(given, rank));
  auto op = std::make_shared<ops::Softmax>();
  op->axis = static_cast<int64_t>(axis);
  op->log = true;
  return call.result(call.emit(std::move(op), {x}));
}

REGISTER_PRIMITIVE(LogSoftmaxExt, lower_log_softmax_ext);
REGISTER_PRIMITIVE(Softmax, softmax(false));
REGISTER_PRIMITIVE(LogSoftmax, softmax(true));

}  // namespace
}  // namespace mindird::mindir
