// AdaptivePool: window by window, all channels of a position at once where the image lies channels last.
#include "ops/pooling/adaptive_pool.h"

#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/kernels/pool_window.h"

namespace mindird::engines::cpu {
namespace {

struct Pooling {
  int64_t planes = 1;  // of plain memory, or images of channels-last memory
  std::array<int64_t, 3> in{1, 1, 1};
  std::array<int64_t, 3> out{1, 1, 1};
  int64_t channels = 1;
  bool maximum = false;

  int64_t in_plane() const { return in[0] * in[1] * in[2] * channels; }
  int64_t out_plane() const { return out[0] * out[1] * out[2]; }

  void pool(const float* x, float* y, int64_t position) const {
    const std::array<int64_t, 3> at{position / (out[1] * out[2]), position / out[2] % out[1], position % out[2]};
    PoolWindow window;
    window.channels = channels;
    window.step = {in[1] * in[2] * channels, in[2] * channels, channels};
    int64_t elements = 1;
    for (size_t d = 0; d < 3; ++d) {
      const int64_t begin = at[d] * in[d] / out[d];
      window.size[d] = ((at[d] + 1) * in[d] + out[d] - 1) / out[d] - begin;
      x += begin * window.step[d];
      elements *= window.size[d];
    }
    if (maximum) {
      max_window(window, x, y);
    } else {
      sum_window(window, x, 1.0F / static_cast<float>(elements), y);
    }
  }
};

Verdict supports(const ir::Graph& graph, ir::NodeId node) { return all_f32(graph, node) ? Verdict::accept() : Verdict::refuse("element types other than f32"); }

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::AdaptivePool>();
  const Shape& in = b.in_type(0).shape;
  const size_t rank = in.rank();
  const bool last = b.optimize() && rank == op.size.size() + 2 && b.in_layout(0).is_channels_last();
  TRY_ASSIGN(const Placed x, last ? b.in(0) : b.in_plain(0));
  const Placed y = b.out(0, last ? Layout::channels_last(b.out_type().shape) : Layout::plain(b.out_type().shape));
  Pooling pooling;
  pooling.maximum = op.kind == ops::AdaptivePoolKind::kMax;
  pooling.channels = last ? in[1] : 1;
  for (size_t d = 0; d < op.size.size(); ++d) {
    pooling.in[3 - op.size.size() + d] = in[rank - op.size.size() + d];
    pooling.out[3 - op.size.size() + d] = op.size[d];
  }
  pooling.planes = in.elements() / pooling.in_plane();
  b.emit(y.layout.text(), {x.ref, y.ref}, [pooling, x = x.ref, y = y.ref](const Frame& frame) -> Status {
    parallel_for(frame.threads, pooling.planes * pooling.out_plane(), [&](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; ++i) {
        pooling.pool(frame.at<float>(x) + i / pooling.out_plane() * pooling.in_plane(), frame.at<float>(y) + i * pooling.channels, i % pooling.out_plane());
      }
    });
    return {};
  });
  return {};
}

REGISTER_BUILDER(AdaptivePool, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
