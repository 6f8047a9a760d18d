// What an executable promises beyond right results: it stays inside its memory, runs in several threads at once, comes back from its
// serialized form bit by bit, and treats the rows of a batch alike.
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "engines/byte_source.h"
#include "engines/cpu/testing_graphs.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "ops/indexing/non_zero.h"
#include "ops/linear/conv.h"
#include "ops/linear/matmul.h"
#include "ops/movement/concat.h"
#include "ops/movement/transpose.h"
#include "ops/normalization/batch_norm.h"
#include "ops/normalization/softmax.h"
#include "ops/pooling/pool.h"
#include "ops/reduction/reduce.h"

namespace mindird::engines::cpu::testing {
namespace {

/// Convolutions (one with Winograd as a candidate), a residual sum, pools, a concat and a dense head.
ir::Graph small_network(int64_t batch) {
  Net net;
  ops::Conv op;
  op.stride = {1, 1};
  op.dilation = {1, 1};
  op.pad_begin = op.pad_end = {1, 1};
  ops::Unary relu;
  relu.kind = ops::UnaryKind::kRelu;
  ops::Pool pool;
  pool.kernel = {2, 2};
  pool.stride = {2, 2};
  pool.dilation = {1, 1};
  pool.pad_begin = pool.pad_end = {0, 0};
  ops::Concat join;
  join.axis = 1;
  ops::Reduce mean;
  mean.kind = ops::ReduceKind::kMean;
  mean.axes = {2, 3};
  const auto x = net.input({batch, 3, 42, 38});
  const auto a = net.node(relu, {net.node(op, {x, net.weights({32, 3, 3, 3}), net.weights({32})})});
  const auto b = net.node(op, {a, net.weights({32, 32, 3, 3}, 0.1F), net.weights({32})});
  const auto c = net.node(relu, {net.node(ops::Binary{}, {b, a})});
  const auto d = net.node(pool, {net.node(join, {c, a})});
  const auto features = net.node(mean, {d});
  const auto y = net.node(ops::MatMul{}, {features, net.weights({64, 10}), net.weights({10})});
  return net.done({net.node(ops::Softmax{}, {y})});
}

/// Memory that ends at a page nobody may touch, and begins behind one.
class GuardedPages {
 public:
  explicit GuardedPages(size_t bytes) : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))), bytes_((bytes + 63) / 64 * 64) {
    size_ = (bytes_ + page_ - 1) / page_ * page_ + 2 * page_;
    base_ = static_cast<std::byte*>(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(base_, page_, PROT_NONE);
    mprotect(base_ + size_ - page_, page_, PROT_NONE);
  }
  ~GuardedPages() { munmap(base_, size_); }
  /// The last bytes in front of the guard; starts at a multiple of 64.
  std::span<std::byte> span() { return {base_ + size_ - page_ - bytes_, bytes_}; }

 private:
  size_t page_;
  size_t bytes_;
  size_t size_ = 0;
  std::byte* base_ = nullptr;
};

TEST(CpuExecutable, StaysInsideItsWorkspace) {
  for (const bool optimize : {true, false}) {
    const ir::Graph graph = small_network(2);
    const auto executable = must(cpu().build(graph.clone(), {1, optimize, make_packed_store(), {}}));
    GuardedPages pages(executable->workspace_bytes());
    const auto context = must(executable->context(pages.span()));
    const Tensors inputs = random_inputs(graph);
    Tensors outputs;
    outputs.add(graph.type(graph.outputs()[0]));
    must(context->run({.inputs = inputs.views, .outputs = outputs.views, .allocate = {}}));
    EXPECT_TRUE(same_bytes(outputs, run(*executable, graph, inputs)));
  }
}

TEST(CpuExecutable, RefusesASmallWorkspace) {
  const auto executable = must(cpu().build(small_network(1), {}));
  Buffer workspace = must(Buffer::allocate(executable->workspace_bytes() - 64));
  EXPECT_EQ(executable->context(workspace.span()).status().code(), Code::kInternal);
}

TEST(CpuExecutable, ManyThreadsWithContextsOfTheirOwn) {
  const ir::Graph graph = small_network(1);
  const auto executable = must(cpu().build(graph.clone(), {1, true, make_packed_store(), {}}));
  std::vector<Tensors> inputs;
  std::vector<Tensors> wanted;
  for (uint32_t i = 0; i < 4; ++i) {
    inputs.push_back(random_inputs(graph, 100 + i));
    wanted.push_back(run(*executable, graph, inputs[i]));
  }
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < inputs.size(); ++i) {
    threads.emplace_back([&, i] {
      Buffer workspace = must(Buffer::allocate(executable->workspace_bytes()));
      const auto context = must(executable->context(workspace.span()));
      Tensors outputs;
      outputs.add(graph.type(graph.outputs()[0]));
      for (int repeat = 0; repeat < 30; ++repeat) {
        must(context->run({.inputs = inputs[i].views, .outputs = outputs.views, .allocate = {}}));
        wrong += same_bytes(outputs, wanted[i]) ? 0 : 1;
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong, 0);
}

TEST(CpuExecutable, TellsHowManyThreadsARunTakes) {
  const auto threads_of = [](int64_t size, int threads) {
    Net net;
    ops::Conv op;
    op.stride = op.dilation = {1, 1};
    op.pad_begin = op.pad_end = {1, 1};
    const ir::Graph graph = net.done({net.node(op, {net.input({1, 16, size, size}), net.weights({16, 16, 3, 3})})});
    return must(cpu().build(graph.clone(), {threads, true, make_packed_store(), {}}))->host_threads();
  };
  EXPECT_EQ(threads_of(40, 1), 1);
  EXPECT_EQ(threads_of(40, 3), 3);
  EXPECT_EQ(threads_of(2, 3), 1) << "too little work to share";
}

TEST(CpuExecutable, BatchNormsThatDifferInASmallEpsilonShareNothing) {
  Net net;
  const auto x = net.input({1, 4, 3, 3});
  const std::vector<ir::ValueId> inputs{x, net.weights({4}, 0, 1), net.weights({4}, 0), net.weights({4}, 0), net.weights({4}, 0)};
  std::vector<ir::ValueId> outputs;
  for (const double epsilon : {1e-7, 1e-8}) {
    ops::BatchNorm op;
    op.epsilon = epsilon;
    outputs.push_back(net.node(op, inputs));
  }
  const ir::Graph graph = net.done(outputs);
  const auto executable = must(cpu().build(graph.clone(), {1, true, make_packed_store(), {}}));
  const Tensors in = random_inputs(graph);
  const Tensors out = run(*executable, graph, in);
  // Of variance 0: x / sqrt(epsilon).
  for (size_t i = 0; i < 36; ++i) {
    EXPECT_NEAR(element(out.views[0], i), element(in.views[0], i) / std::sqrt(1e-7), 1e-1);
    EXPECT_NEAR(element(out.views[1], i), element(in.views[0], i) * 1e4, 1e-1);
  }
}

TEST(CpuExecutable, ComesBackFromItsSerializedForm) {
  const ir::Graph graph = small_network(2);
  const BuildOptions options{1, true, make_packed_store(), {}};
  const auto built = must(cpu().build(graph.clone(), options));
  const auto bytes = must(built->serialize());
  const auto loaded = must(cpu().load(graph.clone(), bytes, {1, true, make_packed_store(), {}}));
  EXPECT_EQ(loaded->steps(), built->steps());
  EXPECT_EQ(must(loaded->serialize()), bytes);
  const Tensors inputs = random_inputs(graph);
  EXPECT_TRUE(same_bytes(run(*built, graph, inputs), run(*loaded, graph, inputs)));
}

TEST(CpuExecutable, DamagedSerializedFormsAreErrorsOrWork) {
  const ir::Graph graph = small_network(1);
  const auto built = must(cpu().build(graph.clone(), {1, true, make_packed_store(), {}}));
  const auto bytes = must(built->serialize());
  EXPECT_FALSE(cpu().load(graph.clone(), {}, {}).ok());
  std::mt19937 random(3);
  int refused = 0;
  for (int i = 0; i < 150; ++i) {
    auto damaged = bytes;
    if (i % 3 == 0) {
      damaged.resize(random() % damaged.size());
    } else {
      // Most damage goes where lengths, keys and choices are.
      const size_t range = i % 3 == 1 ? 400 : damaged.size();
      for (int k = 0; k < 4; ++k) damaged[random() % range] = static_cast<std::byte>(random());
    }
    const auto loaded = cpu().load(graph.clone(), damaged, {1, true, make_packed_store(), {}});
    refused += loaded.ok() ? 0 : 1;
    if (loaded.ok()) run(*loaded.value(), graph, random_inputs(graph));
  }
  EXPECT_GT(refused, 50);
}

/// Bytes that turn out not to be those that were written, once all are read.
class Damaged final : public ByteSource {
 public:
  explicit Damaged(std::span<const std::byte> bytes) : bytes_(bytes) {}
  uint64_t left() const override { return bytes_.size(); }
  Status read(std::span<std::byte> into) override {
    std::ranges::copy(bytes_.first(into.size()), into.begin());
    bytes_ = bytes_.subspan(into.size());
    return {};
  }
  Status finish() override { return internal_error("checksum does not match"); }

 private:
  std::span<const std::byte> bytes_;
};

TEST(CpuExecutable, NothingIsMadeOfASourceThatIsDamaged) {
  const ir::Graph graph = small_network(1);
  const auto bytes = must(must(cpu().build(graph.clone(), {1, true, make_packed_store(), {}}))->serialize());
  Damaged source(bytes);
  const auto store = make_packed_store();
  const auto loaded = dynamic_cast<const LoadsFromSource&>(cpu()).load_from(graph.clone(), source, {1, true, store, {}});
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.status().message(), "checksum does not match");
  EXPECT_EQ(source.left(), 0U);
  EXPECT_EQ(store->bytes(), 0U);
}

TEST(CpuExecutable, AnotherGraphsSerializedFormIsNotMisread) {
  const ir::Graph graph = small_network(1);
  const auto bytes = must(must(cpu().build(small_network(3), {1, true, make_packed_store(), {}}))->serialize());
  const auto loaded = must(cpu().load(graph.clone(), bytes, {1, true, make_packed_store(), {}}));
  const Tensors inputs = random_inputs(graph);
  const auto want = must(ir::evaluate(graph, inputs.views));
  expect_near(run(*loaded, graph, inputs).views[0], want[0].tensor, 2e-4, "loaded from another graph's bytes");
}

TEST(CpuExecutable, RowsOfABatchAreComputedAlike) {
  constexpr int64_t kBatch = 6;
  const ir::Graph graph = small_network(kBatch);
  for (const int threads : {1, 2}) {
    const auto executable = must(cpu().build(graph.clone(), {threads, true, make_packed_store(), {}}));
    Tensors inputs = random_inputs(graph);
    const size_t row = inputs.views[0].bytes() / kBatch;
    const std::vector<std::byte> request(inputs.views[0].data, inputs.views[0].data + row);
    std::vector<std::byte> first;
    for (int64_t position = 0; position < kBatch; ++position) {
      fill_random(inputs.views[0], static_cast<uint32_t>(50 + position));
      std::memcpy(inputs.views[0].data + static_cast<size_t>(position) * row, request.data(), row);
      const Tensors outputs = run(*executable, graph, inputs);
      const size_t out_row = outputs.views[0].bytes() / kBatch;
      const std::byte* mine = outputs.views[0].data + static_cast<size_t>(position) * out_row;
      if (first.empty()) first.assign(mine, mine + out_row);
      EXPECT_EQ(std::memcmp(first.data(), mine, out_row), 0) << "position " << position << ", " << threads << " threads";
    }
  }
}

TEST(CpuExecutable, DenseRowsAreComputedAlikeForEveryBatch) {
  for (const int64_t batch : {2, 3, 6, 7, 13, 32}) {
    Net net;
    const ir::Graph graph = net.done({net.node(ops::MatMul{}, {net.input({batch, 517}), net.weights({517, 201}), net.weights({201})})});
    const auto executable = must(cpu().build(graph.clone(), {2, true, make_packed_store(), {}}));
    Tensors inputs = random_inputs(graph);
    // All rows equal: all results must be, to the bit.
    for (int64_t r = 1; r < batch; ++r) std::memcpy(inputs.views[0].as<float>().data() + r * 517, inputs.views[0].data, 517 * sizeof(float));
    const Tensors outputs = run(*executable, graph, inputs);
    const auto y = outputs.views[0].as<float>();
    for (int64_t r = 1; r < batch; ++r) EXPECT_EQ(std::memcmp(y.data(), y.data() + r * 201, 201 * sizeof(float)), 0) << "batch " << batch << " row " << r;
  }
}

TEST(CpuExecutable, BatchSizesShareOneCopyOfTheWeights) {
  constexpr size_t kBytes = 256U * 192U * sizeof(float);
  const auto store = make_packed_store();
  for (const int64_t batch : {1, 2, 8, 32}) {
    Net net;
    const ir::Graph graph = net.done({net.node(ops::MatMul{}, {net.input({batch, 256}), net.weights({256, 192})})});
    const auto executable = must(cpu().build(graph.clone(), {1, true, store, {}}));
    EXPECT_EQ(executable->constant_bytes(), kBytes) << "batch " << batch;
    // Nothing in the store: the library reads the graph's own constant, which the plans share anyway.
    EXPECT_TRUE(store->bytes() == kBytes || store->bytes() == 0) << store->bytes() << " bytes at batch " << batch;
  }
}

TEST(CpuExecutable, OutputsThatAreInputsConstantsOrRepeated) {
  Net net;
  const auto x = net.input({3, 4});
  const auto c = net.weights({2, 2});
  ops::Transpose t;
  t.perm = {1, 0};
  const auto y = net.node(t, {x});
  expect_equal_to_oracle(net.done({x, c, y, y, x}), 0);
}

TEST(CpuExecutable, SizesThatDependOnData) {
  Net net;
  const auto x = net.input({3, 4}, DType::kI32);
  const auto positions = net.graph.add_node_typed(std::make_shared<ops::NonZero>(), {x}, {{DType::kI64, {-1, 2}}}, "find")[0];
  net.graph.set_outputs({positions});
  const Tensors inputs = random_inputs(net.graph);
  const auto executable = must(cpu().build(net.graph.clone(), {}));
  const auto want = must(ir::evaluate(net.graph, inputs.views));
  expect_near(run(*executable, net.graph, inputs).views[0], want[0].tensor, 0, "positions");
  EXPECT_EQ(executable->evaluated_nodes(), std::vector<std::string>{"find"});
  expect_evaluations_counted(*executable);
}

TEST(CpuExecutable, EmptyTensors) {
  Net net;
  const auto x = net.input({0, 4});
  expect_equal_to_oracle(net.done({net.node(ops::Binary{}, {x, net.weights({4})})}), 0);
}

TEST(CpuExecutable, ProfilesEveryStep) {
  const ir::Graph graph = small_network(1);
  const auto executable = must(cpu().build(graph.clone(), {}));
  Buffer workspace = must(Buffer::allocate(executable->workspace_bytes()));
  const auto context = must(executable->context(workspace.span()));
  const Tensors inputs = random_inputs(graph);
  Tensors outputs;
  outputs.add(graph.type(graph.outputs()[0]));
  EXPECT_TRUE(context->step_times().empty());
  context->set_profiling(true);
  must(context->run({.inputs = inputs.views, .outputs = outputs.views, .allocate = {}}));
  EXPECT_EQ(context->step_times().size(), executable->steps().size());
}

}  // namespace
}  // namespace mindird::engines::cpu::testing
