// Kernels in bf16, taken whether they are faster here or not: a first build tells the names of the choices, a second one is given them.
#include "engines/cpu/emit/low_precision.h"

#include "engines/cpu/build/make_schedule.h"
#include "engines/cpu/testing_graphs.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "ops/linear/conv.h"
#include "ops/linear/matmul.h"

namespace mindird::engines::cpu {
namespace {

using testing::must;
using testing::Net;

BuildOptions in_bf16(std::vector<std::string> keep = {}) {
  BuildOptions out;
  out.precision = Precision::kBf16;
  out.keep_fp32 = std::move(keep);
  return out;
}

/// The record of a build in which every choice that can be bf16 is.
Record all_bf16(const ir::Graph& graph, const BuildOptions& options) {
  Record measured;
  must(make_schedule(graph.clone(), options, measured));
  Record out;
  for (const auto& [key, value] : measured.choices()) out.choose(key, key.ends_with(" bf16") ? std::string(kBf16Choice) : value);
  return out;
}

struct Ran {
  std::shared_ptr<const Schedule> schedule;
  std::vector<float> got;
  std::vector<float> want;
};

/// The first input begins with `given`.
Ran run(const ir::Graph& graph, const BuildOptions& options, Record record, std::span<const float> given = {}) {
  Ran out;
  out.schedule = must(make_schedule(graph.clone(), options, record));
  std::vector<std::vector<float>> memory;
  std::vector<Tensor> inputs;
  std::mt19937 random(11);
  for (const ir::ValueId v : graph.inputs()) {
    auto& values = memory.emplace_back(static_cast<size_t>(graph.type(v).shape.elements()));
    for (float& f : values) f = std::uniform_real_distribution<float>(-1, 1)(random);
    if (inputs.empty()) std::ranges::copy(given, values.begin());
    inputs.push_back({graph.type(v), reinterpret_cast<std::byte*>(values.data())});
  }
  const TensorType& type = graph.type(graph.outputs()[0]);
  out.got.resize(static_cast<size_t>(type.shape.elements()));
  Tensor output{type, reinterpret_cast<std::byte*>(out.got.data())};
  const Buffer workspace = must(Buffer::allocate(out.schedule->workspace_bytes));
  const auto context = must(make_context(out.schedule, std::span(const_cast<std::byte*>(workspace.data()), workspace.size())));
  must(context->run({.inputs = inputs, .outputs = std::span(&output, 1), .allocate = {}}));
  const auto exact = must(ir::evaluate(graph, inputs));
  const auto values = exact[0].tensor.as<float>();
  out.want.assign(values.begin(), values.end());
  return out;
}

/// Largest difference, as a share of the largest value.
double error_of(const Ran& ran) {
  double most = 0;
  double apart = 0;
  for (size_t i = 0; i < ran.want.size(); ++i) {
    most = std::max(most, std::abs(static_cast<double>(ran.want[i])));
    apart = std::max(apart, std::abs(static_cast<double>(ran.got[i]) - static_cast<double>(ran.want[i])));
  }
  return apart / most;
}

ir::Graph dense(int64_t rows, int64_t depth, int64_t columns, bool transposed, ops::UnaryKind kind = ops::UnaryKind::kRelu) {
  Net net;
  const ir::ValueId x = net.input({rows, depth});
  const ir::ValueId w = net.weights(transposed ? Shape{columns, depth} : Shape{depth, columns});
  ops::MatMul op;
  op.transpose_b = transposed;
  ops::Unary activation;
  activation.kind = kind;
  const ir::ValueId y = net.node(op, {x, w, net.weights({columns})}, "net/dense");
  return net.done({net.node(activation, {y}, "net/relu")});
}

ir::Graph convolution(int64_t in, int64_t out, int64_t kernel) {
  Net net;
  const ir::ValueId x = net.input({2, in, 9, 9});
  const ir::ValueId r = net.input({2, out, 9, 9});
  ops::Conv op;
  op.stride = op.dilation = {1, 1};
  op.pad_begin = op.pad_end = {kernel / 2, kernel / 2};
  const ir::ValueId c = net.node(op, {x, net.weights({out, in, kernel, kernel}), net.weights({out})}, "net/conv");
  return net.done({net.node(ops::Binary(), {c, r}, "net/add")});
}

TEST(LowPrecision, DenseLayersOfAFewRowsReadWeightsOfBf16) {
  for (const int64_t rows : {1, 2, 3, 4, 5, 6}) {
    for (const bool transposed : {false, true}) {
      for (const int64_t columns : {16, 64, 70, 200}) {
        const ir::Graph graph = dense(rows, 64, columns, transposed);
        const Ran ran = run(graph, in_bf16(), all_bf16(graph, in_bf16()));
        EXPECT_EQ(ran.schedule->bf16_products, 1U);
        EXPECT_LT(error_of(ran), 0.004) << rows << " rows, " << columns << " columns";
        EXPECT_GT(error_of(ran), 0) << "nothing was rounded";
      }
    }
  }
}

TEST(LowPrecision, ManyRowsAndConvolutionsComputeInBf16) {
  if (!has_bf16_products()) GTEST_SKIP() << "this processor does not multiply bf16";
  for (const ir::Graph& graph : {dense(40, 96, 72, false), dense(7, 64, 48, true), convolution(96, 16, 3), convolution(128, 64, 1)}) {
    const Ran ran = run(graph, in_bf16(), all_bf16(graph, in_bf16()));
    EXPECT_EQ(ran.schedule->products, 1U);
    EXPECT_EQ(ran.schedule->bf16_products, 1U);
    EXPECT_LT(error_of(ran), 0.01);
    EXPECT_GT(error_of(ran), 0) << "nothing was rounded";
  }
}

TEST(LowPrecision, NumbersBeyondAllBoundsComeOutAlike) {
  const BuildOptions options = in_bf16();
  for (const auto kind :
       {ops::UnaryKind::kHardSigmoid, ops::UnaryKind::kHardSwish, ops::UnaryKind::kGeluErf, ops::UnaryKind::kGeluTanh, ops::UnaryKind::kFastGelu}) {
    for (const int64_t rows : {4, 128}) {
      if (rows > 6 && !has_bf16_products()) continue;  // f32 then, which has tests of its own
      const ir::Graph graph = dense(rows, 512, 256, true, kind);
      std::vector<float> given(3 * 512, 0.5F);
      given[3] = std::numeric_limits<float>::quiet_NaN();
      given[512] = std::numeric_limits<float>::infinity();
      given[1024] = -std::numeric_limits<float>::infinity();
      const Ran ran = run(graph, options, all_bf16(graph, options), given);
      for (size_t i = 0; i < ran.want.size(); ++i) {
        const float a = ran.got[i];
        const float b = ran.want[i];
        EXPECT_TRUE(std::isfinite(b) ? std::isfinite(a)
                    : std::isnan(b)  ? std::isnan(a)
                                     : a == b)
            << ops::kUnaryKindNames[static_cast<size_t>(kind)] << ", " << rows << " rows, element " << i << ": " << a << ", want " << b;
      }
    }
  }
}

TEST(LowPrecision, NarrowKeptAndUnaskedProductsAreOfF32) {
  const ir::Graph wide = dense(3, 64, 64, false);
  const ir::Graph narrow = dense(3, 31, 64, false);
  const ir::Graph narrow_convolution = convolution(64, 64, 1);
  BuildOptions unasked;
  unasked.precision = Precision::kFp16;
  for (const auto& [graph, options] : {std::pair{&wide, in_bf16({"net/d*"})}, std::pair{&wide, in_bf16({"MatMul"})}, std::pair{&wide, unasked},
                                       std::pair{&narrow, in_bf16()}, std::pair{&narrow_convolution, in_bf16()}}) {
    const Ran ran = run(*graph, options, all_bf16(*graph, options));
    EXPECT_EQ(ran.schedule->bf16_products, 0U);
    EXPECT_LT(error_of(ran), 1e-5);
  }
}

TEST(LowPrecision, AnEngineInBf16ComesBackFromItsSerializedForm) {
  const ir::Graph graph = dense(2, 64, 128, false);
  Record record = all_bf16(graph, in_bf16());
  must(make_schedule(graph.clone(), in_bf16(), record));
  Record loaded = must(Record::parse(record.serialize()));
  const Ran first = run(graph, in_bf16(), record);
  const Ran second = run(graph, in_bf16(), std::move(loaded));
  EXPECT_EQ(second.schedule->bf16_products, 1U);
  EXPECT_EQ(first.got, second.got);
}

/// The record of a build in which every product that can read weights of 16 bits does.
Ran run_short(const ir::Graph& graph, const BuildOptions& options, std::span<const float> given = {}) {
  Record measured;
  must(make_schedule(graph.clone(), options, measured));
  Record record;
  for (const auto& [key, value] : measured.choices()) record.choose(key, key.ends_with("16 bits") ? "16 bits" : value);
  return run(graph, options, std::move(record), given);
}

BuildOptions in_16_bits(int threads = 1) {
  BuildOptions out;
  out.short_weights = true;
  out.threads = threads;
  return out;
}

TEST(ShortWeights, ProductsOfFewRowsReadThemAndComputeInF32) {
  for (const int64_t rows : {1, 2, 5, 6, 7, 12, 13, 24}) {
    for (const bool transposed : {false, true}) {
      for (const int64_t columns : {256, 300, 321}) {
        const ir::Graph graph = dense(rows, 70, columns, transposed);
        const Ran ran = run_short(graph, in_16_bits(rows % 2 == 0 ? 2 : 1));
        EXPECT_EQ(ran.schedule->short_products, 1U);
        EXPECT_EQ(ran.schedule->bf16_products, 0U);
        EXPECT_LT(error_of(ran), 5e-5) << rows << " rows, " << columns << " columns";
        EXPECT_GT(error_of(ran), 1e-7) << "nothing was rounded";
      }
    }
  }
}

TEST(ShortWeights, WhatTheirKernelDoesNotApplyFollowsIt) {
  for (const auto kind : {ops::UnaryKind::kGeluErf, ops::UnaryKind::kElu}) {
    for (const int64_t rows : {6, 12, 24}) {
      const Ran ran = run_short(dense(rows, 128, 256, true, kind), in_16_bits());
      EXPECT_EQ(ran.schedule->short_products, 1U);
      EXPECT_LT(error_of(ran), 5e-5) << rows << " rows";
    }
  }
}

TEST(ShortWeights, ARowIsComputedAlikeAmongAnyOthers) {
  const auto values = [](int64_t rows) {
    std::vector<float> x(static_cast<size_t>(rows) * 128);
    for (size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i % 128));
    return run_short(dense(rows, 128, 200, true), in_16_bits(), x).got;
  };
  const std::vector<float> one = values(1);
  for (const int64_t rows : {2, 6, 11, 24}) {
    const std::vector<float> many = values(rows);
    for (size_t i = 0; i < many.size(); ++i) ASSERT_EQ(many[i], one[i % 200]) << rows << " rows, element " << i;
  }
}

TEST(ShortWeights, NumbersBeyondAllBoundsComeOutAlike) {
  std::vector<float> given(size_t{3} * 512, 0.5F);
  given[3] = std::numeric_limits<float>::quiet_NaN();
  given[512] = std::numeric_limits<float>::infinity();
  given[1024] = 1e37F;
  const Ran ran = run_short(dense(4, 512, 256, true, ops::UnaryKind::kHardSwish), in_16_bits(), given);
  EXPECT_EQ(ran.schedule->short_products, 1U);
  for (size_t i = 0; i < ran.want.size(); ++i) {
    const float a = ran.got[i];
    const float b = ran.want[i];
    const float largest = i / 256 == 2 ? 3e36F : 10;  // of the row
    EXPECT_TRUE(std::isfinite(b) ? std::abs(a - b) <= 1e-4F * largest
                : std::isnan(b)  ? std::isnan(a)
                                 : a == b)
        << "element " << i << ": " << a << ", want " << b;
  }
}

ir::Graph with_weights(float (*weight)(size_t)) {
  Net net;
  const ir::ValueId x = net.input({1, 128});
  Buffer buffer = must(Buffer::allocate(size_t{128} * 256 * sizeof(float)));
  const Tensor t{{DType::kF32, {128, 256}}, buffer.data()};
  for (size_t i = 0; i < t.as<float>().size(); ++i) t.as<float>()[i] = weight(i);
  const ir::ValueId w = net.graph.add_constant(std::make_shared<const Constant>(t.type, std::move(buffer)));
  return net.done({net.node(ops::MatMul{}, {x, w})});
}

TEST(ShortWeights, WhatRoundsTooMuchIsKept) {
  const auto kept = [](const ir::Graph& graph, const BuildOptions& options) {
    Record record;
    return must(make_schedule(graph.clone(), options, record))->short_products == 0;
  };
  // One weight dwarfs its column, in which nothing else is left; one is no number; numbers too small for a scale.
  EXPECT_TRUE(kept(with_weights([](size_t i) { return i == 256 * 3 + 5 ? 1000.0F : 0.001F * static_cast<float>(i % 7); }), in_16_bits()));
  EXPECT_TRUE(kept(with_weights([](size_t i) { return i == 777 ? std::numeric_limits<float>::infinity() : 0.5F; }), in_16_bits()));
  EXPECT_TRUE(kept(with_weights([](size_t i) { return i == 777 ? std::numeric_limits<float>::quiet_NaN() : 0.5F; }), in_16_bits()));
  EXPECT_TRUE(kept(with_weights([](size_t i) { return 1e-37F * static_cast<float>(i % 10); }), in_16_bits()));
  BuildOptions named = in_16_bits();
  named.keep_fp32 = {"net/d*"};
  EXPECT_TRUE(kept(dense(1, 128, 256, true), named));
  EXPECT_TRUE(kept(dense(1, 128, 256, true), {}));
  EXPECT_TRUE(kept(dense(25, 128, 256, true), in_16_bits()));
}

TEST(ShortWeights, TheEngineSaysWhatItReadsAndComesBackFromItsSerializedForm) {
  const ir::Graph graph = dense(2, 128, 256, false);
  const auto executable = must(testing::cpu().build(graph.clone(), in_16_bits()));
  ASSERT_EQ(executable->details().size(), 2U);
  EXPECT_EQ(executable->details()[1].first, "weights");
  EXPECT_TRUE(executable->details()[1].second.ends_with(" of 1 products"));
  const auto loaded = must(testing::cpu().load(graph.clone(), must(executable->serialize()), in_16_bits()));
  EXPECT_EQ(loaded->details(), executable->details());
  EXPECT_EQ(loaded->steps(), executable->steps());
}

TEST(LowPrecision, TheEngineSaysWhatItUsed) {
  const auto executable = must(testing::cpu().build(dense(2, 64, 128, false), {}));
  EXPECT_EQ(executable->details(), (std::vector<std::pair<std::string, std::string>>{{"precision", "fp32"}}));
  EXPECT_FALSE(testing::cpu().takes_types_of(Precision::kBf16).yes);
}

}  // namespace
}  // namespace mindird::engines::cpu
