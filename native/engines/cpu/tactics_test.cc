// Kernels between which a build measures, each taken whether it is faster here or not, with what they absorb, on one thread and shared among several.
#include <atomic>

#include "engines/cpu/emit/low_precision.h"
#include "engines/cpu/testing_graphs.h"
#include "engines/processors.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "ops/linear/conv.h"

namespace mindird::engines::cpu::testing {
namespace {

ops::Conv conv3x3(int64_t pad) {
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
ir::Graph residual_block(int64_t size, int64_t pad) {
  Net net;
  const auto x = net.input({1, 64, size, size});
  const auto c = net.node(conv3x3(pad), {x, net.weights({80, 64, 3, 3}, 0.05F), net.weights({80})}, "conv");
  const auto r = net.input({1, 80, size - 2 + 2 * pad, size - 2 + 2 * pad});
  return net.done({net.node(unary(ops::UnaryKind::kRelu), {net.node(ops::Binary{}, {c, r}, "add")}, "relu")});
}

TEST(CpuTactics, EveryConvolutionAgreesWithTheOracle) {
  for (const auto& [size, pad] : {std::pair<int64_t, int64_t>{15, 1}, {16, 0}, {46, 1}}) {
    const ir::Graph graph = residual_block(size, pad);
    const Tensors inputs = random_inputs(graph);
    const auto want = must(ir::evaluate(graph, inputs.views));
    // 16 tiles of 4x4, 16 and 144: one chunk, or several.
    const std::vector<std::string> kernels = size < 40 ? std::vector<std::string>{"direct", "winograd-24"} : std::vector<std::string>{"direct", "winograd-24", "winograd-48", "winograd-96"};
    for (const std::string& kernel : kernels) {
      for (const int threads : {1, 2, 3}) {
        const Tensors got = run_forced(graph, inputs, threads, {.kernel = kernel, .shared = true});
        expect_near(got.views[0], want[0].tensor, 2e-4, str(kernel, " of ", size, " on ", threads, " threads"));
      }
    }
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
  // Winograd can apply a ReLU and no tanh.
  const auto a = net.node(unary(ops::UnaryKind::kRelu), {net.node(conv3x3(1), {x, weights}, "a")});
  const auto b = net.node(unary(ops::UnaryKind::kTanh), {net.node(conv3x3(1), {x, weights}, "b")});
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

}  // namespace
}  // namespace mindird::engines::cpu::testing
