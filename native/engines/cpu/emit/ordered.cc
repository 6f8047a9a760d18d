#include "engines/cpu/emit/ordered.h"

#include "engines/cpu/base/stream.h"
#include "engines/cpu/kernels/order_line.h"
#include "ops/indexing/support_index.h"

namespace mindird::engines::cpu {

Status emit_ordered(NodeBuilder& b, int64_t axis, bool descending) {
  TRY_ASSIGN(const Placed x, b.in_plain(0));
  const size_t at = *normalize_axis(axis, x.layout.dims.rank());
  const Placed values = b.out(0, Layout::plain(b.out_type(0).shape));
  const Placed indices = b.out(1, Layout::plain(b.out_type(1).shape));
  const ops::AxisView view = ops::split_axis(x.layout.dims, at);
  const int64_t wanted = values.layout.dims[at];
  const size_t bytes = (order_bytes(x.dtype, view.size) + 63) / 64 * 64;
  const Ref memory = b.scratch(static_cast<size_t>(b.threads()) * bytes);
  b.emit("keys", {x.ref, values.ref, indices.ref, memory}, [=](const Frame& frame) -> Status {
    const auto width = static_cast<int64_t>(dtype_size(x.dtype));
    parallel_shares(frame.threads, view.outer * view.inner, [&](int64_t share, int64_t first, int64_t last) {
      for (int64_t n = first; n < last; ++n) {
        const int64_t from = n / view.inner * view.size * view.inner + n % view.inner;
        const int64_t to = n / view.inner * wanted * view.inner + n % view.inner;
        const OrderedLine line{frame.at(x.ref) + from * width,      view.size, wanted, view.inner, frame.at(values.ref) + to * width,
                               frame.at<int32_t>(indices.ref) + to, descending};
        order_line(x.dtype, line, frame.at(memory) + static_cast<size_t>(share) * bytes);
      }
    });
    return {};
  });
  return {};
}

}  // namespace mindird::engines::cpu
