// Triangle: row by row what is kept is copied and the rest is zero.
#include "ops/movement/triangle.h"

#include <algorithm>
#include <cstring>

#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/builders/views.h"

namespace mindird::engines::cpu {
namespace {

struct Rows {
  int64_t rows, columns, width, diagonal;
  bool upper;

  /// Row r of all matrices, counted through.
  void copy(const std::byte* x, std::byte* y, int64_t r) const {
    // Diagonals further out keep or drop everything, as these limits do; lower keeps the diagonal itself too, hence the 1.
    const int64_t first = std::clamp(diagonal, -rows, columns);
    const int64_t split = std::clamp<int64_t>(r % rows + first + (upper ? 0 : 1), 0, columns) * width;
    const int64_t begin = r * columns * width;
    const int64_t kept = upper ? split : 0;
    const int64_t kept_bytes = upper ? columns * width - split : split;
    const int64_t zero = upper ? 0 : split;
    std::memcpy(y + begin + kept, x + begin + kept, static_cast<size_t>(kept_bytes));
    std::memset(y + begin + zero, 0, static_cast<size_t>(columns * width - kept_bytes));
  }
};

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Triangle>();
  TRY_ASSIGN(const Placed x, b.in_plain(0));
  const Placed y = b.out(0, x.layout);
  const Shape& shape = x.layout.dims;
  const Rows rows{shape[shape.rank() - 2], shape[shape.rank() - 1], static_cast<int64_t>(dtype_size(x.dtype)), op.diagonal, op.upper};
  b.emit("rows", {x.ref, y.ref}, [rows, total = shape.elements() / rows.columns, x = x.ref, y = y.ref](const Frame& frame) -> Status {
    parallel_for(frame.threads, total, [&](int64_t first, int64_t last) {
      for (int64_t r = first; r < last; ++r) rows.copy(frame.at(x), frame.at(y), r);
    });
    return {};
  });
  return {};
}

REGISTER_BUILDER(Triangle, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
