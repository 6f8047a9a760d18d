// Copies to the device and back: how many there are, and that each tensor gets where it belongs.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "counters.h"
#include "engines/page_locked.h"
#include "ops/elementwise/binary.h"
#include "support.h"

namespace mindird::test {
namespace {

using ir::Graph;
using ir::ValueId;

TensorType floats(int64_t n) { return {DType::kF32, {n}}; }

/// An executable and its tensors in one piece of page-locked memory, poisoned before each run.
class Bound {
 public:
  explicit Bound(Graph graph) {
    auto engine = tensorrt_engine().build(graph.clone(), {});
    EXPECT_TRUE(engine.ok()) << engine.status().message();
    executable_ = std::move(*engine);
    size_t bytes = 0;
    const auto place = [&](std::span<const ValueId> values, std::vector<Tensor>& tensors) {
      for (const ValueId v : values) {
        tensors.push_back({graph.type(v), reinterpret_cast<std::byte*>(bytes)});
        bytes += (graph.type(v).bytes() + 63) / 64 * 64;
      }
    };
    place(graph.inputs(), inputs);
    place(graph.outputs(), outputs);
    memory_ = engines::allocate_page_locked(bytes);
    bytes_ = bytes;
    for (auto* tensors : {&inputs, &outputs}) {
      for (Tensor& t : *tensors) t.data = memory_.get() + reinterpret_cast<uintptr_t>(t.data);
    }
    auto made = executable_->context({});
    EXPECT_TRUE(made.ok()) << made.status().message();
    context = std::move(*made);
  }

  /// Input i is filled with i + 1 times `factor`.
  void run(float factor) {
    std::fill_n(memory_.get(), bytes_, std::byte{0xff});
    for (size_t i = 0; i < inputs.size(); ++i) std::ranges::fill(inputs[i].as<float>(), factor * static_cast<float>(i + 1));
    forget_cuda();
    const Status status = context->run({inputs, outputs, {}});
    ASSERT_TRUE(status.ok()) << status.message();
  }
  bool is_all(size_t output, float want) const {
    return std::ranges::all_of(outputs[output].as<float>(), [&](float v) { return v == want; });
  }

  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
  std::unique_ptr<engines::Context> context;

 private:
  std::unique_ptr<engines::Executable> executable_;
  engines::PageLockedMemory memory_;
  size_t bytes_ = 0;
};

class TensorrtCopies : public testing::Test {
 protected:
  void SetUp() override {
    tensorrt_engine();
    reset_cuda();
  }
  void TearDown() override { reset_cuda(); }
};

ValueId add(Graph& g, ValueId a, ValueId b) { return *g.add(std::make_shared<ops::Binary>(), {a, b}, "add"); }

/// For each size: y = x + x.
Graph doublings(std::span<const int64_t> sizes) {
  Graph g;
  std::vector<ValueId> outputs;
  for (const int64_t n : sizes) {
    const ValueId x = g.add_input("x", floats(n));
    outputs.push_back(add(g, x, x));
  }
  g.set_outputs(outputs);
  return g;
}

TEST_F(TensorrtCopies, SmallTensorsGoTogether) {
  // 5000 floats are more than is packed; empty ones are not copied at all.
  const std::vector<int64_t> sizes = {3, 5000, 1, 0, 4096, 6000};
  Bound bound(doublings(sizes));
  for (int run = 1; run <= 4; ++run) {
    bound.run(static_cast<float>(run));
    EXPECT_EQ(cuda_count("copies_to_device"), 3) << run;
    EXPECT_EQ(cuda_count("copies_to_host"), 3) << run;
    for (size_t i = 0; i < sizes.size(); ++i) EXPECT_TRUE(bound.is_all(i, static_cast<float>(run) * 2 * static_cast<float>(i + 1))) << i;
  }
}

TEST_F(TensorrtCopies, OneSmallTensorAmongLargeOnesIsCopiedFromWhereItLies) {
  const std::vector<int64_t> sizes = {5000, 3};
  Bound bound(doublings(sizes));
  const int64_t own = cuda_count("page_locked_bytes");
  bound.run(1);
  EXPECT_EQ(cuda_count("page_locked_bytes"), own);
  EXPECT_EQ(cuda_count("copies_to_device"), 2);
  for (size_t i = 0; i < sizes.size(); ++i) EXPECT_TRUE(bound.is_all(i, 2 * static_cast<float>(i + 1))) << i;
}

TEST_F(TensorrtCopies, WhatStaysOnTheDeviceIsNoPartOfThePack) {
  // The second reads an output of the first on the device; what lies around it among small ones is packed all the same.
  Bound first(doublings(std::vector<int64_t>{2, 2, 2}));
  Bound second(doublings(std::vector<int64_t>{2, 2, 2}));
  ASSERT_TRUE(second.context->take_input_from(1, *first.context, 1).ok());
  first.context->keep_on_device(1);
  for (int run = 1; run <= 3; ++run) {
    const auto factor = static_cast<float>(run);
    first.run(factor);
    EXPECT_EQ(cuda_count("copies_to_host"), 1);
    EXPECT_TRUE(first.is_all(0, factor * 2));
    EXPECT_TRUE(first.is_all(2, factor * 6));
    second.run(factor);
    EXPECT_EQ(cuda_count("copies_to_device"), 1);
    EXPECT_TRUE(second.is_all(0, factor * 2));
    EXPECT_TRUE(second.is_all(1, factor * 8));
    EXPECT_TRUE(second.is_all(2, factor * 6));
  }
}

}  // namespace
}  // namespace mindird::test
