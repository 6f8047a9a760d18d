// Resize: tables of positions and weights are made here; rows are computed in plain memory or in channels-last memory, where the image lies in it. In plain
// memory a row of the input is resized across once and then weighed into all output rows that need it.
#include "ops/image/resize.h"

#include <array>
#include <cstring>
#include <limits>

#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/kernels/resize_rows.h"

namespace mindird::engines::cpu {
namespace {

struct Image {
  int64_t planes = 1;  // planes of plain memory, or images of channels-last memory
  int64_t height = 1;
  int64_t width = 1;
  int64_t channels = 1;  // elements of a pixel
  int64_t element = 4;   // bytes
  TapTable rows;
  TapTable columns;

  int64_t in_row() const { return width * channels; }
  int64_t out_row() const { return columns.count * channels; }
};

TapTable table_of(const ops::Resize& op, size_t dim, int64_t in) {
  const ops::ResizeTable given = ops::resize_table(op, dim, in);
  TapTable table{op.size[dim], static_cast<int64_t>(given.taps), {}, {}};
  for (size_t t = 0; t < given.taps; ++t) {
    for (size_t o = 0; o < static_cast<size_t>(table.count); ++o) {
      table.at.push_back(static_cast<int32_t>(given.at[o * given.taps + t]));
      table.weight.push_back(given.weight[o * given.taps + t]);
    }
  }
  return table;
}

/// One output row's entries of the table of rows.
struct RowTaps {
  std::array<int64_t, kMaxTaps> at{};
  std::array<float, kMaxTaps> weight{};

  RowTaps(const TapTable& rows, int64_t o) {
    for (int64_t t = 0; t < rows.taps; ++t) {
      at[static_cast<size_t>(t)] = rows.at[static_cast<size_t>(t * rows.count + o)];
      weight[static_cast<size_t>(t)] = rows.weight[static_cast<size_t>(t * rows.count + o)];
    }
  }
};

/// Rows [first, last) of all planes; a row equal to the one before it is copied.
void run_nearest(const Image& image, const std::byte* x, std::byte* y, int64_t first, int64_t last) {
  const int64_t bytes = image.out_row() * image.element;
  for (int64_t row = first; row < last; ++row) {
    const int64_t o = row % image.rows.count;
    const int64_t source = image.rows.at[static_cast<size_t>(o)];
    std::byte* to = y + row * bytes;
    if (row > first && o > 0 && image.rows.at[static_cast<size_t>(o - 1)] == source) {
      std::memcpy(to, to - bytes, static_cast<size_t>(bytes));
      continue;
    }
    const std::byte* from = x + (row / image.rows.count * image.height + source) * image.in_row() * image.element;
    if (image.channels == 1) {
      resize_nearest(image.columns, from, image.element, to);
      continue;
    }
    const int64_t pixel = image.channels * image.element;
    for (int64_t c = 0; c < image.columns.count; ++c) {
      std::memcpy(to + c * pixel, from + image.columns.at[static_cast<size_t>(c)] * pixel, static_cast<size_t>(pixel));
    }
  }
}

/// `side` holds as many rows as there are taps: input rows resized across, each in the place of its number modulo the taps.
void run_plain(const Image& image, const float* x, float* side, float* y, int64_t first, int64_t last) {
  const int64_t taps = image.rows.taps;
  std::array<int64_t, kMaxTaps> kept;
  kept.fill(-1);
  for (int64_t row = first; row < last; ++row) {
    const RowTaps down(image.rows, row % image.rows.count);
    std::array<const float*, kMaxTaps> lines{};
    for (size_t t = 0; t < static_cast<size_t>(taps); ++t) {
      const int64_t source = row / image.rows.count * image.height + down.at[t];
      const int64_t place = down.at[t] % taps;
      float* line = side + place * image.out_row();
      if (kept[static_cast<size_t>(place)] != source) {
        resize_across(image.columns, x + source * image.width, line);
        kept[static_cast<size_t>(place)] = source;
      }
      lines[t] = line;
    }
    resize_down(taps, lines.data(), down.weight.data(), y + row * image.out_row(), image.out_row());
  }
}

void run_channels_last(const Image& image, const float* x, float* y, int64_t first, int64_t last) {
  for (int64_t row = first; row < last; ++row) {
    const RowTaps down(image.rows, row % image.rows.count);
    std::array<const float*, kMaxTaps> lines{};
    for (size_t t = 0; t < static_cast<size_t>(image.rows.taps); ++t) {
      lines[t] = x + (row / image.rows.count * image.height + down.at[t]) * image.in_row();
    }
    resize_pixels(image.columns, lines.data(), down.weight.data(), image.channels, y + row * image.out_row());
  }
}

Verdict supports(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  const Shape& x = graph.type(node.inputs[0]).shape;
  for (size_t d = x.rank() - 2; d < x.rank(); ++d) {
    if (x[d] > std::numeric_limits<int32_t>::max()) return Verdict::refuse("positions that do not fit into i32");
  }
  const bool nearest = static_cast<const ops::Resize&>(*node.op).mode == ops::ResizeMode::kNearest;
  return nearest || all_f32(graph, id) ? Verdict::accept() : Verdict::refuse("element types other than f32");
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Resize>();
  const Shape& in = b.in_type(0).shape;
  const size_t rank = in.rank();
  const bool last = b.optimize() && rank == 4 && b.in_layout(0).is_channels_last() && !b.in_layout(0).is_plain();
  TRY_ASSIGN(const Placed x, last ? b.in(0) : b.in_plain(0));
  const Placed y = b.out(0, last ? Layout::channels_last(b.out_type().shape) : Layout::plain(b.out_type().shape));
  Image image{
      1, in[rank - 2], in[rank - 1], last ? in[1] : 1, static_cast<int64_t>(dtype_size(x.dtype)), table_of(op, 0, in[rank - 2]), table_of(op, 1, in[rank - 1])};
  image.planes = in.elements() / (image.height * image.in_row());
  const bool nearest = op.mode == ops::ResizeMode::kNearest;
  std::vector<Ref> refs{x.ref, y.ref};
  Ref side;
  if (!nearest && !last) refs.push_back(side = b.scratch(static_cast<size_t>(b.threads() * image.rows.taps * image.out_row()) * sizeof(float)));
  b.emit(y.layout.text(), std::move(refs), [=, x = x.ref, y = y.ref, image = std::make_shared<const Image>(std::move(image))](const Frame& frame) -> Status {
    parallel_shares(frame.threads, image->planes * image->rows.count, [&](int64_t share, int64_t begin, int64_t end) {
      if (nearest) return run_nearest(*image, frame.at(x), frame.at(y), begin, end);
      if (last) return run_channels_last(*image, frame.at<float>(x), frame.at<float>(y), begin, end);
      run_plain(*image, frame.at<float>(x), frame.at<float>(side) + share * image->rows.taps * image->out_row(), frame.at<float>(y), begin, end);
    });
    return {};
  });
  return {};
}

REGISTER_BUILDER(Resize, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
