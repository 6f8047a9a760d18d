// GridSample: point by point, for all channels of it.
#include "ops/image/grid_sample.h"

#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/kernels/weigh.h"
#include "ops/image/grid_sample_points.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId node) {
  if (graph.type(graph.node(node).inputs[0]).shape.rank() != 4) return Verdict::refuse("volumes");
  return all_f32(graph, node) ? Verdict::accept() : Verdict::refuse("element types other than f32");
}

Status build(NodeBuilder& b) {
  const Shape& in = b.in_type(0).shape;
  const ops::GridSampling sampling = ops::grid_sampling(b.op<ops::GridSample>(), in);
  const bool last = b.optimize() && b.in_layout(0).is_channels_last();
  TRY_ASSIGN(const Placed x, last ? b.in(0) : b.in_plain(0));
  TRY_ASSIGN(const Placed grid, b.in_plain(1));
  const Placed y = b.out(0, last ? Layout::channels_last(b.out_type().shape) : Layout::plain(b.out_type().shape));
  const int64_t plane = in[2] * in[3];
  const int64_t points = y.layout.dims[2] * y.layout.dims[3];
  const int64_t channels = in[1];
  b.emit(y.layout.text(), {x.ref, grid.ref, y.ref}, [=, x = x.ref, grid = grid.ref, y = y.ref, images = in[0]](const Frame& frame) -> Status {
    parallel_for(frame.threads, images * points, [&](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; ++i) {
        const float* point = frame.at<float>(grid) + 2 * i;
        const auto sample = sampling.at<float>({point[0], point[1], 0});
        const int64_t image = i / points;
        const float* from = frame.at<float>(x) + image * channels * plane;
        float* to = frame.at<float>(y) + (last ? i * channels : image * channels * points + i % points);
        const WeighedPositions positions{sample.offset, sample.weight, static_cast<int64_t>(sample.count), last ? channels : 1};
        weigh_channels(positions, from, last ? 1 : plane, to, last ? 1 : points, channels);
      }
    });
    return {};
  });
  return {};
}

REGISTER_BUILDER(GridSample, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
