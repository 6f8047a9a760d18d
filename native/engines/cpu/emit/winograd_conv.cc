#include "engines/cpu/emit/winograd_conv.h"

#include <algorithm>

#include "base/strings.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/emit/conv_common.h"
#include "engines/cpu/emit/epilogues.h"
#include "engines/cpu/kernels/winograd.h"
#include "ops/linear/conv.h"

namespace mindird::engines::cpu {
namespace {

/// Multiply-adds below which a convolution is left to oneDNN: there is little to win, and Winograd rounds more.
constexpr int64_t kLeastWork = 8'000'000;

constexpr WinogradChoice kChoices[] = {{"winograd-24", 24, 6}, {"winograd-48", 48, 6}, {"winograd-96", 96, 6}};
constexpr WinogradChoice kSmallTiles{"winograd-2x2", 48, 4};
/// With fewer tiles than this reading the weights takes longer than multiplying them, and those of small tiles are fewer.
constexpr int64_t kFewTiles = 9;

WinogradShape measure(const NodeBuilder& b, const WinogradChoice& choice) {
  const auto& op = b.op<ops::Conv>();
  const Shape& x = b.in_type(0).shape;
  const Shape& y = b.out_type().shape;
  WinogradShape s{x[0], x[2], x[3], y[2], y[3], op.pad_begin[0], op.pad_begin[1], x[1], y[1], choice.chunk, b.in_type(1).shape[2], choice.tile};
  s.chunk = std::min(choice.chunk, s.tiles());
  return s;
}

void run(const WinogradShape& s, const WinogradData& data, const Epilogue& epilogue, int threads) {
  const int64_t tiles = s.tiles();
  for (int64_t first = 0; first < tiles; first += s.chunk) {
    const WinogradChunk chunk{first, std::min(s.chunk, tiles - first)};
    parallel_for(threads, chunk.count, [&](int64_t b, int64_t e) { winograd_input(s, data, chunk, b, e); });
    parallel_for(threads, s.points(), [&](int64_t b, int64_t e) { winograd_products(s, data, chunk, b, e); });
    parallel_for(threads, chunk.count, [&](int64_t b, int64_t e) { winograd_output(s, data, chunk, epilogue, b, e); });
  }
}

}  // namespace

bool winograd_fits(const NodeBuilder& b) {
  const auto& op = b.op<ops::Conv>();
  const Shape& w = b.in_type(1).shape;
  if (w.rank() != 4 || w[2] != w[3] || (w[2] != 3 && w[2] != 5) || op.groups != 1 || !b.constant(1)) return false;
  if (!all_are(op.stride, 1) || !all_are(op.dilation, 1) || w[0] % kLanes != 0 || w[1] % kLanes != 0) return false;
  if (b.out_type().shape.elements() * w[1] * w[2] * w[3] < kLeastWork) return false;
  return find_epilogue(b.graph(), b.group()).taken == b.group().post.size();
}

std::vector<WinogradChoice> winograd_choices(const NodeBuilder& b) {
  std::vector<WinogradChoice> out;
  const int64_t tiles = measure(b, kChoices[0]).tiles();
  for (const WinogradChoice& choice : kChoices) {
    out.push_back(choice);
    // A larger chunk would hold the same tiles.
    if (tiles <= choice.chunk) break;
  }
  if (tiles < kFewTiles && b.in_type(1).shape[2] == 3) out.push_back(kSmallTiles);
  return out;
}

Status build_winograd(NodeBuilder& b, const WinogradChoice& choice) {
  const WinogradShape s = measure(b, choice);
  const GroupEpilogue found = find_epilogue(b.graph(), b.group());
  const Layout out = Layout::channels_last(b.out_type().shape);
  TRY_ASSIGN(const Placed x, b.in(0, Layout::channels_last(b.in_type(0).shape)));
  const ConstantPtr weights = b.constant(1);
  const auto bytes = static_cast<size_t>(s.weight_floats()) * sizeof(float);
  TRY_ASSIGN(const Ref u, b.packed({str(weights->hash().hex(), ":winograd of ", s.tile), str("panels", kWinogradPanel), bytes}, [&](std::byte* to) -> Status {
    winograd_weights(s, weights->as<float>().data(), reinterpret_cast<float*>(to));
    return {};
  }));
  const Ref scratch = b.scratch(static_cast<size_t>(s.scratch_floats()) * sizeof(float));
  std::vector<Ref> refs{x.ref, u, scratch};
  Ref bias;
  if (b.inputs() > 2) {
    TRY_ASSIGN(const Placed placed, b.in_plain(2));
    refs.push_back(bias = placed.ref);
  }
  TRY_ASSIGN(const Ref residual, place_residual(b, found, out, refs));
  const Placed y = b.out(0, out);
  refs.push_back(y.ref);
  const Epilogue epilogue = found.epilogue;
  b.emit(str("winograd ", s.outputs(), "x", s.outputs(), " chunk ", s.chunk), std::move(refs), [=, x = x.ref, y = y.ref](const Frame& frame) -> Status {
    const WinogradData data{frame.at<float>(x), frame.at<float>(u),      frame.at_or_null<float>(bias), frame.at_or_null<float>(residual),
                            frame.at<float>(y), frame.at<float>(scratch)};
    run(s, data, epilogue, frame.threads);
    return {};
  });
  return {};
}

}  // namespace mindird::engines::cpu
