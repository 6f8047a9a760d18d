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

REGISTER_PRIMITIVE(Softmax, softmax(false));
REGISTER_PRIMITIVE(LogSoftmax, softmax(true));

}  // namespace
}  // namespace mindird::mindir
