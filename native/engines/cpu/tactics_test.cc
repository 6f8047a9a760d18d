// Kernels between which a build measures, each taken whether it is faster here or not, with what they absorb, on one thread and shared among several.
#include <atomic>
#include <optional>

#include "engines/cpu/emit/low_precision.h"
#include "engines/cpu/testing_graphs.h"
#include "engines/peaks.h"
#include "engines/processors.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "ops/linear/conv.h"
#include "ops/linear/matmul.h"
#include "ops/movement/reshape.h"

namespace mindird::engines::cpu::testing {
namespace {

ops::Conv conv_of(int64_t pad) {
  ops::Conv op;
  op.stride = op.dilation = {1, 1};
  op.pad_begin = op.pad_end = {pad, pad};
  return op;
}

ops::Unary unary(ops::UnaryKind kind) {
  ops::Unary op;
  op.kind = kind;
  return op;
}

/// A convolution large enough for Winograd, with a tensor added and an activation.
ir::Graph residual_block(int64_t size, int64_t pad, int64_t kernel = 3, int64_t batch = 1, int64_t channels = 64) {
  Net net;
  const auto x = net.input({batch, channels, size, size});
  const auto c = net.node(conv_of(pad), {x, net.weights({80, channels, kernel, kernel}, 0.05F), net.weights({80})}, "conv");
  const int64_t out = size + 1 - kernel + 2 * pad;
  const auto r = net.input({batch, 80, out, out});
  return net.done({net.node(unary(ops::UnaryKind::kRelu), {net.node(ops::Binary{}, {c, r}, "add")}, "relu")});
}

struct Convolution {
  int64_t size, pad, kernel, channels;
  std::vector<std::string> tactics;
};

TEST(CpuTactics, EveryConvolutionAgreesWithTheOracle) {
  const Convolution cases[] = {// 16 tiles of 4x4, 16 and 144: one chunk, or several.
                               {15, 1, 3, 64, {"direct", "winograd-24"}},
                               {16, 0, 3, 64, {"direct", "winograd-24"}},
                               {46, 1, 3, 64, {"direct", "winograd-24", "winograd-48", "winograd-96"}},
                               // Few tiles, and small ones, whole and cut.
                               {7, 1, 3, 288, {"direct", "winograd-24", "winograd-2x2"}},
                               {8, 1, 3, 192, {"direct", "winograd-24", "winograd-2x2"}},
                               // Tiles of 2x2, whole and cut, with and without padding.
                               {15, 2, 5, 64, {"direct", "winograd-24", "winograd-48", "winograd-96"}},
                               {18, 0, 5, 64, {"direct", "winograd-24", "winograd-48", "winograd-96"}},
                               {13, 3, 5, 64, {"direct", "winograd-24", "winograd-48", "winograd-96"}}};
  for (const Convolution& one : cases) {
    const ir::Graph graph = residual_block(one.size, one.pad, one.kernel, 1, one.channels);
    const Tensors inputs = random_inputs(graph);
    const auto want = must(ir::evaluate(graph, inputs.views));
    for (const std::string& kernel : one.tactics) {
      for (const int threads : {1, 2, 3}) {
        const Tensors got = run_forced(graph, inputs, threads, {.kernel = kernel, .shared = true});
        expect_near(got.views[0], want[0].tensor, 2e-4, str(kernel, " of ", one.size, ", kernel ", one.kernel, ", on ", threads, " threads"));
      }
    }
  }
}

TEST(CpuTactics, AnImageIsConvolvedAlikeAnywhereInABatch) {
  for (const auto& [kernel, tactic] : {std::pair<int64_t, const char*>{3, "winograd-24"}, {3, "winograd-2x2"}, {5, "winograd-24"}}) {
    // Images of equal contents must give equal bytes, wherever their tiles lie in a chunk.
    const ir::Graph graph = residual_block(7, kernel / 2, kernel, 2, 192);
    const Tensors inputs = random_inputs(graph);
    for (const Tensor& t : inputs.views) std::memcpy(t.data + t.bytes() / 2, t.data, t.bytes() / 2);
    const Tensors got = run_forced(graph, inputs, 1, {.kernel = tactic, .shared = false});
    EXPECT_EQ(std::memcmp(got.views[0].data, got.views[0].data + got.views[0].bytes() / 2, got.views[0].bytes() / 2), 0) << tactic << " of kernel " << kernel;
  }
}

ops::Conv conv_with(int64_t stride_height, int64_t stride_width, int64_t pad_top, int64_t pad_left, int64_t pad_end) {
  ops::Conv op;
  op.stride = {stride_height, stride_width};
  op.dilation = {1, 1};
  op.pad_begin = {pad_top, pad_left};
  op.pad_end = {pad_end, pad_end};
  return op;
}

/// Images of `height` by `width`, of which the last equals the first; behind a convolution of channels by themselves they lie channels last, else plain.
void expect_few_channels(const ops::Conv& op, const Shape& weights, int64_t height, int64_t width, bool bias, ops::UnaryKind kind, bool plain) {
  Net net;
  auto x = net.input({3, weights[1], height, width});
  if (!plain) {
    ops::Conv scale = conv_of(0);
    scale.groups = weights[1];
    x = net.node(scale, {x, net.weights({weights[1], 1, 1, 1})});
  }
  std::vector<ir::ValueId> operands{x, net.weights(weights)};
  if (bias) operands.push_back(net.weights({weights[0]}));
  const ir::Graph graph = net.done({net.node(unary(kind), {net.node(op, operands)})});
  const Tensors inputs = random_inputs(graph);
  const size_t image = inputs.views[0].bytes() / 3;
  std::memcpy(inputs.views[0].data + 2 * image, inputs.views[0].data, image);
  const auto want = must(ir::evaluate(graph, inputs.views));
  const std::string what = str(weights.text(), " on ", height, "x", width, plain ? ", plain" : "");
  for (const int threads : {1, 2, 3}) {
    const Tensors got = run_forced(graph, inputs, threads, {.kernel = "few channels", .shared = true});
    expect_near(got.views[0], want[0].tensor, 2e-5, str(what, ", ", threads, " threads"));
    const size_t out = got.views[0].bytes() / 3;
    EXPECT_EQ(std::memcmp(got.views[0].data, got.views[0].data + 2 * out, out), 0) << what << ": equal images";
  }
}

void expect_few_channels(const ops::Conv& op, const Shape& weights, int64_t height, int64_t width, bool bias, ops::UnaryKind kind) {
  for (const bool plain : {true, false}) expect_few_channels(op, weights, height, width, bias, kind, plain);
}

TEST(CpuTactics, FewChannelsReadAnImageAsItLies) {
  Net net;
  const auto x = net.input({1, 3, 20, 20});
  const auto first = net.node(conv_of(1), {x, net.weights({8, 3, 3, 3})}, "first");
  const ir::Graph graph = net.done({net.node(conv_of(1), {first, net.weights({8, 8, 3, 3})}, "second")});
  Record record;
  record.force({.kernel = "few channels", .shared = false});
  const auto schedule = must(make_schedule(graph.clone(), {}, record));
  // Nothing is copied but the result, into the order the caller wants.
  ASSERT_EQ(schedule->steps.size(), 3U);
  EXPECT_TRUE(schedule->steps[0]->text().starts_with("Conv few channels"));
  EXPECT_TRUE(schedule->steps[1]->text().starts_with("Conv few channels"));
}

TEST(CpuTactics, FewChannelsAgreeWithTheOracle) {
  using enum ops::UnaryKind;
  for (const int64_t out : {1, 5, 6, 8, 13, 16, 20, 32}) expect_few_channels(conv_with(1, 1, 0, 0, 0), {out, 2, 3, 3}, 7, 9, out % 2 == 0, kRelu);
  // Blocks of each number of pixels.
  for (int64_t width = 5; width < 35; ++width) expect_few_channels(conv_with(1, 1, 0, 0, 0), {6, 1, 5, 5}, 6, width, true, kRelu);
  for (const int64_t pad : {1, 2, 4}) {
    for (const int64_t stride : {1, 2, 3}) {
      expect_few_channels(conv_with(stride, 1, pad, pad, pad), {16, 6, 5, 5}, 14, 14, true, kHardSwish);
      expect_few_channels(conv_with(1, stride, pad, 0, pad), {7, 3, 5, 3}, 11, 13, true, kRelu6);
      expect_few_channels(conv_with(stride, stride, 0, pad, pad), {24, 16, 3, 5}, 9, 6, false, kHardSigmoid);
    }
  }
  // A kernel larger than the image.
  expect_few_channels(conv_with(1, 1, 3, 3, 3), {4, 1, 7, 7}, 3, 2, true, kRelu);
}

/// Three images of `image` pixels a side, of which the last equals the first, with a tensor added where `adds`.
void expect_narrow(int64_t in, int64_t out, const std::vector<int64_t>& image, bool bias, bool adds, ops::UnaryKind kind) {
  Net net;
  std::vector<int64_t> dims{3, in};
  dims.insert(dims.end(), image.begin(), image.end());
  std::vector<int64_t> kernel{out, in};
  kernel.insert(kernel.end(), image.size(), 1);
  ops::Conv op;
  op.stride = op.dilation = std::vector<int64_t>(image.size(), 1);
  op.pad_begin = op.pad_end = std::vector<int64_t>(image.size(), 0);
  std::vector<ir::ValueId> operands{net.input(Shape(dims)), net.weights(Shape(kernel))};
  if (bias) operands.push_back(net.weights({out}));
  ir::ValueId y = net.node(op, operands);
  dims[1] = out;
  if (adds) y = net.node(ops::Binary{}, {y, net.input(Shape(dims))});
  const ir::Graph graph = net.done({net.node(unary(kind), {y})});
  const Tensors inputs = random_inputs(graph);
  for (const Tensor& t : inputs.views) std::memcpy(t.data + t.bytes() / 3 * 2, t.data, t.bytes() / 3);
  const auto want = must(ir::evaluate(graph, inputs.views));
  const std::string what = str(in, " to ", out, " channels of ", Shape(image).text());
  for (const int threads : {1, 2, 3}) {
    const Tensors got = run_forced(graph, inputs, threads, {.kernel = "narrow pointwise", .shared = true});
    expect_near(got.views[0], want[0].tensor, 2e-5, str(what, ", ", threads, " threads"));
    const size_t bytes = got.views[0].bytes() / 3;
    EXPECT_EQ(std::memcmp(got.views[0].data, got.views[0].data + 2 * bytes, bytes), 0) << what << ": equal images";
  }
}

TEST(CpuTactics, NarrowPointwiseConvolutionsAgreeWithTheOracle) {
  using enum ops::UnaryKind;
  for (const int64_t out : {8, 24, 40, 56, 72, 88, 104, 120}) {
    expect_narrow(33, out, {5, 7}, out % 3 == 0, false, kRelu6);
    expect_narrow(16, out, {4, 4}, out % 3 != 0, true, kHardSwish);
  }
  // Blocks of each number of pixels.
  for (int64_t width = 11; width < 20; ++width) expect_narrow(3, 24, {1, width}, true, width % 2 == 0, kRelu);
  // Of lines and volumes.
  expect_narrow(1, 8, {37}, true, true, kHardSigmoid);
  expect_narrow(5, 40, {3, 4, 5}, true, false, kRelu);
}

TEST(CpuTactics, OnlyNarrowPointwiseConvolutionsAreMultipliedSo) {
  const auto refused = [](const ops::Conv& op, const Shape& weights, int64_t size) {
    Net net;
    const ir::Graph graph = net.done({net.node(op, {net.input({1, weights[1] * op.groups, size, size}), net.weights(weights)})});
    Record record;
    record.force({.kernel = "narrow pointwise"});
    const auto schedule = make_schedule(graph.clone(), {}, record);
    return !schedule.ok() || std::ranges::none_of((*schedule)->steps, [](const auto& step) { return step->text().find("narrow") != std::string::npos; });
  };
  ops::Conv grouped = conv_of(0);
  grouped.groups = 2;
  EXPECT_FALSE(refused(conv_of(0), {24, 16, 1, 1}, 8));
  EXPECT_TRUE(refused(conv_of(0), {32, 16, 1, 1}, 8));
  EXPECT_TRUE(refused(conv_of(0), {20, 16, 1, 1}, 8));
  EXPECT_TRUE(refused(conv_of(0), {136, 16, 1, 1}, 8));
  EXPECT_TRUE(refused(conv_of(0), {24, 16, 1, 1}, 5)) << "few pixels";
  EXPECT_TRUE(refused(conv_of(0), {24, 16, 3, 1}, 8));
  EXPECT_TRUE(refused(conv_of(1), {24, 16, 1, 1}, 8));
  EXPECT_TRUE(refused(conv_with(2, 2, 0, 0, 0), {24, 16, 1, 1}, 16));
  EXPECT_TRUE(refused(grouped, {24, 16, 1, 1}, 8));
}

struct Product {
  int64_t rows, depth, columns;
  bool bias, adds;
  std::optional<ops::UnaryKind> kind;
};

ir::Graph product(const Product& p, int64_t rows) {
  Net net;
  std::vector<ir::ValueId> operands{net.input({rows, p.depth}), net.weights({p.depth, p.columns}, 0.1F)};
  if (p.bias) operands.push_back(net.weights({p.columns}));
  ir::ValueId y = net.node(ops::MatMul{}, operands);
  if (p.adds) y = net.node(ops::Binary{}, {y, net.input({rows, p.columns})});
  if (p.kind) y = net.node(unary(*p.kind), {y});
  return net.done({y});
}

/// Whether oneDNN packs weights in panels of 64 columns here, as it does on x86-64.
bool has_blocks() {
#if defined(__x86_64__)
  return true;
#else
  Record record;
  record.force({.kernel = "blocks"});
  return make_schedule(product({40, 520, 256, true, false, std::nullopt}, 40), {}, record).ok();
#endif
}

TEST(CpuTactics, BlocksOfRowsAgreeWithTheOracle) {
  if (!has_blocks()) GTEST_SKIP() << "oneDNN packs weights otherwise here";
  using enum ops::UnaryKind;
  const Product cases[] = {{7, 1030, 600, true, false, std::nullopt}, {8, 520, 1000, false, false, kRelu},   {13, 2100, 200, true, true, kRelu6},
                           {127, 300, 128, true, false, kGeluErf},    {128, 512, 64, true, true, kGeluErf},  {129, 1025, 70, false, true, kHardSwish},
                           {300, 96, 200, true, false, kGeluErf},     {257, 64, 256, false, false, kGeluErf}};
  for (const Product& one : cases) {
    const ir::Graph graph = product(one, one.rows);
    const Tensors inputs = random_inputs(graph);
    // Of equal rows one is the last, whose block may be a smaller one.
    for (const Tensor& t : inputs.views) std::memcpy(t.data + t.bytes() - t.bytes() / one.rows, t.data, t.bytes() / one.rows);
    const auto want = must(ir::evaluate(graph, inputs.views));
    const std::string what = str(one.rows, " rows, depth ", one.depth, ", ", one.columns, " columns");
    for (const int threads : {1, 2, 3}) {
      const Tensors got = run_forced(graph, inputs, threads, {.kernel = "blocks", .shared = true});
      expect_near(got.views[0], want[0].tensor, 2e-4, str(what, ", ", threads, " threads"));
      const size_t row = got.views[0].bytes() / static_cast<size_t>(one.rows);
      EXPECT_EQ(std::memcmp(got.views[0].data, got.views[0].data + got.views[0].bytes() - row, row), 0) << what << ": equal rows";
    }
  }
}

TEST(CpuTactics, BlocksOfRowsGiveTheBytesOfFewRows) {
  if (!has_blocks()) GTEST_SKIP() << "oneDNN packs weights otherwise here";
  const Product one{40, 2100, 200, true, true, ops::UnaryKind::kRelu};
  const ir::Graph many = product(one, one.rows);
  const ir::Graph few = product(one, 4);
  const Tensors inputs = random_inputs(many);
  const Tensors first = random_inputs(few);
  for (size_t i = 0; i < first.views.size(); ++i) std::memcpy(first.views[i].data, inputs.views[i].data, first.views[i].bytes());
  const Tensors got = run_forced(many, inputs, 1, {.kernel = "blocks", .shared = false});
  const Tensors want = run_forced(few, first, 1, {});
  EXPECT_EQ(std::memcmp(got.views[0].data, want.views[0].data, want.views[0].bytes()), 0);
}

TEST(CpuTactics, ProductsThatBlocksCannotFinishAreLeftToOneDnn) {
  for (const Product& one : {Product{40, 520, 256, true, false, ops::UnaryKind::kElu}, Product{40, 4000, 32, true, false, std::nullopt},
                             Product{40, 64, 64, true, false, std::nullopt}}) {
    Record record;
    must(make_schedule(product(one, one.rows), {}, record));
    EXPECT_TRUE(record.choices().empty());
  }
}

std::atomic<int> held{0};
std::atomic<int> holds{0};

TEST(CpuTactics, ProcessorsAreHeldWhileKernelsAreMeasured) {
  share_processors_by([](int threads) -> ProcessorHold {
    EXPECT_EQ(held.fetch_add(threads), 0) << "held twice";
    ++holds;
    return ProcessorHold(nullptr, [threads](void*) { held -= threads; });
  });
  BuildOptions options;
  options.threads = 2;
  Record record;
  must(make_schedule(residual_block(15, 1), options, record));
  share_processors_by(nullptr);
  EXPECT_GE(holds, 2);
  EXPECT_EQ(held, 0);
}

TEST(CpuTactics, AKernelThatIsNoCandidateIsRefused) {
  const ir::Graph graph = residual_block(15, 1);
  for (const char* kernel : {"winograd-48", "winograd-96", "wishful"}) {
    Record record;
    record.force({.kernel = kernel});
    EXPECT_FALSE(make_schedule(graph.clone(), {}, record).ok()) << kernel;
  }
}

TEST(CpuTactics, EqualNodesThatAbsorbOthersChooseForThemselves) {
  Net net;
  const auto x = net.input({1, 96, 20, 20});
  const auto weights = net.weights({96, 96, 3, 3}, 0.05F);
  // Winograd can apply a ReLU and no ELU.
  const auto a = net.node(unary(ops::UnaryKind::kRelu), {net.node(conv_of(1), {x, weights}, "a")});
  const auto b = net.node(unary(ops::UnaryKind::kElu), {net.node(conv_of(1), {x, weights}, "b")});
  const ir::Graph graph = net.done({a, b});
  BuildOptions options;
  options.precision = Precision::kBf16;
  Record record;
  must(make_schedule(graph.clone(), options, record));
  EXPECT_EQ(record.choices().size(), has_bf16_products() ? 2U : 1U);
  // The choices fit their nodes when they come back, whichever they are.
  Record winograd;
  for (const auto& [key, value] : record.choices()) winograd.choose(key, key.find("winograd-24") == std::string::npos ? value : "winograd-24");
  const auto schedule = must(make_schedule(graph.clone(), options, winograd));
  EXPECT_TRUE(std::ranges::any_of(schedule->steps, [](const auto& step) { return step->text().starts_with("Conv+relu winograd"); }));
}

TEST(CpuTactics, AProfileKnowsWhatAChoiceWasMadeAmong) {
  const ir::Graph graph = residual_block(15, 1);
  Record record;
  const auto built = must(make_schedule(graph.clone(), {}, record));
  // And the copy of the result into the order the caller wants.
  ASSERT_EQ(built->work.size(), 2U);
  EXPECT_EQ(built->work[1].nodes, std::vector<std::string>{"output"});
  EXPECT_EQ(built->work[1].bytes, 2 * 4.0 * 80 * 15 * 15);
  const WorkFacts& work = built->work[0];
  EXPECT_EQ(work.nodes, (std::vector<std::string>{"conv", "add", "relu"}));
  EXPECT_EQ(work.operations, 2.0 * 80 * 15 * 15 * 64 * 9);
  EXPECT_EQ(work.bytes, 4.0 * (64 * 15 * 15 + 80 * 64 * 9 + 80 + 2 * 80 * 15 * 15));
  ASSERT_EQ(work.rivals.size(), 2U);
  EXPECT_EQ(work.rivals[0].name, "direct");
  EXPECT_GT(work.rivals[0].nanoseconds, 0);
  EXPECT_EQ(work.chosen, record.choices().begin()->second);
  // A schedule that is loaded measures nothing and knows all the same.
  Record loaded = must(Record::parse(record.serialize()));
  const WorkFacts again = must(make_schedule(graph.clone(), {}, loaded))->work.at(0);
  EXPECT_EQ(again.chosen, work.chosen);
  ASSERT_EQ(again.rivals.size(), 2U);
  EXPECT_EQ(again.rivals[1].nanoseconds, work.rivals[1].nanoseconds);
}

TEST(CpuTactics, EveryStepBelongsToWhatItComputes) {
  Net net;
  const auto x = net.input({1, 16, 12, 12});
  const auto c = net.node(conv_of(1), {x, net.weights({16, 16, 3, 3})}, "conv");
  ops::Reshape flat;
  flat.shape = {1, 16 * 144};
  const ir::Graph graph = net.done({net.node(flat, {net.node(unary(ops::UnaryKind::kTanh), {c}, "tanh")}, "flat")});
  Record record;
  const auto schedule = must(make_schedule(graph.clone(), {}, record));
  ASSERT_EQ(schedule->step_work.size(), schedule->steps.size());
  ASSERT_EQ(schedule->step_threads.size(), schedule->steps.size());
  for (size_t i = 0; i < schedule->steps.size(); ++i) {
    ASSERT_LT(schedule->step_work[i], schedule->work.size());
    EXPECT_EQ(schedule->work[schedule->step_work[i]].nodes.front(), schedule->origins[i]);
  }
  // Views have no steps and are no work.
  EXPECT_EQ(schedule->step_work.back() + 1, schedule->work.size());
}

TEST(CpuPeaks, AreMeasuredOnSeveralThreads) {
  const Peaks peaks = must(measure_peaks(2));
  EXPECT_GT(peaks.operations, 1e7);
  EXPECT_GT(peaks.bytes, 1e6);
}

}  // namespace
}  // namespace mindird::engines::cpu::testing
