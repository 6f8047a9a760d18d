// Inputs and outputs in f16 where the engine computes in that: half the bytes cross the bus, and the results are the same to the bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <list>
#include <random>

#include "counters.h"
#include "engines/registry.h"
#include "ops/linear/matmul.h"
#include "runtime/serve/model.h"
#include "runtime/serve/testing_requests.h"
#include "support.h"
#include "tensor/half_copy.h"

namespace mindird::test {
namespace {

constexpr int64_t kRows = 16;
constexpr int64_t kWidth = 64;
const TensorType kType{DType::kF32, {kRows, kWidth}};

/// y = x w w, all of which fp16 computes in f16.
ir::Graph product() {
  ir::Graph g;
  std::mt19937 random(3);
  std::vector<float> weights(kWidth * kWidth);
  for (float& v : weights) v = std::normal_distribution<float>(0, 0.1F)(random);
  const ir::ValueId x = g.add_input("x", kType);
  const ir::ValueId w = g.add_constant(*make_constant({DType::kF32, Shape{kWidth, kWidth}}, std::as_bytes(std::span(weights))), "w");
  const ir::ValueId a = *g.add(std::make_shared<ops::MatMul>(), {x, w}, "first");
  g.set_outputs({*g.add(std::make_shared<ops::MatMul>(), {a, w}, "second")});
  return g;
}

/// Rows of ordinary numbers, and one each with what f16 rounds, loses or has no number for.
std::vector<float> inputs() {
  std::mt19937 random(4);
  std::vector<float> out(kRows * kWidth);
  for (float& v : out) v = std::normal_distribution<float>()(random);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> special = {std::nanf(""), -std::nanf(""), kInfinity, -kInfinity, 65519,        65520,
                                      -1e30F,        1e-30F,         5e-8F,     6.1e-5F,    1 + 0x1p-11F, 1 + 3 * 0x1p-11F};
  for (size_t i = 0; i < special.size(); ++i) out[i * kWidth + i] = special[i];
  return out;
}

struct Ran {
  std::vector<float> output;
  int64_t to_device = 0;
  int64_t to_host = 0;
  nlohmann::json report;
  DType input = DType::kF32;
};

Ran run(bool narrow, engines::Precision precision = engines::Precision::kFp16) {
  plan::CompileOptions options;
  options.engines = {&tensorrt_engine(), engines::EngineRegistry::instance().find("reference")};
  options.build.precision = precision;
  options.narrow_borders = narrow;
  Ran out;
  const auto plan = plan::compile(product(), options, out.report);
  EXPECT_TRUE(plan.ok()) << plan.status().message();
  Buffer arena = Buffer::allocate((*plan)->arena_bytes()).value();
  const auto context = (*plan)->context(arena.span(), {});
  EXPECT_TRUE(context.ok()) << context.status().message();
  const std::vector<float> given = inputs();
  const Tensor& x = (*context)->inputs()[0];
  out.input = x.dtype();
  if (x.dtype() == DType::kF16) {
    copy_as_half(reinterpret_cast<const std::byte*>(given.data()), x.data, given.size());
  } else {
    std::memcpy(x.data, given.data(), x.bytes());
  }
  forget_cuda();
  EXPECT_TRUE((*context)->run().ok());
  out.to_device = cuda_count("bytes_to_device");
  out.to_host = cuda_count("bytes_to_host");
  const Tensor& y = (*context)->outputs()[0];
  EXPECT_EQ((*plan)->slots()[(*plan)->outputs()[0]].outside_type(), kType);
  out.output.resize(static_cast<size_t>(y.elements()));
  auto* const to = reinterpret_cast<std::byte*>(out.output.data());
  if (y.dtype() == DType::kF16) {
    copy_as_float(y.data, to, out.output.size());
  } else {
    std::memcpy(to, y.data, y.bytes());
  }
  return out;
}

class TensorrtHalfBorders : public testing::Test {
 protected:
  void SetUp() override {
    tensorrt_engine();
    reset_cuda();
  }
};

TEST_F(TensorrtHalfBorders, GiveTheSameBitsForHalfTheBytes) {
  const Ran wide = run(false);
  const Ran narrow = run(true);
  EXPECT_EQ(wide.input, DType::kF32);
  EXPECT_EQ(narrow.input, DType::kF16);
  EXPECT_EQ(wide.to_device, static_cast<int64_t>(kType.bytes()));
  EXPECT_EQ(narrow.to_device, static_cast<int64_t>(kType.bytes()) / 2);
  EXPECT_EQ(narrow.to_host, wide.to_host / 2);
  EXPECT_EQ(narrow.report["partitions"][0]["half_borders"], nlohmann::json({"input 0", "output 0"})) << narrow.report.dump();
  EXPECT_FALSE(wide.report["partitions"][0].contains("half_borders"));
  EXPECT_EQ(std::memcmp(wide.output.data(), narrow.output.data(), wide.output.size() * sizeof(float)), 0);
  EXPECT_TRUE(std::isnan(narrow.output[0]));
  EXPECT_TRUE(std::ranges::any_of(narrow.output, [](float v) { return std::isfinite(v) && v != 0; }));
}

TEST_F(TensorrtHalfBorders, AreThereOnlyInFp16) {
  for (const auto precision : {engines::Precision::kOrigin, engines::Precision::kFp32, engines::Precision::kBf16}) {
    const Ran wide = run(true, precision);
    EXPECT_EQ(wide.input, DType::kF32);
    EXPECT_EQ(wide.to_device, static_cast<int64_t>(kType.bytes()));
  }
}

/// Logits of the digits model for requests of some rows: three are padded to four, and nine run in pieces.
std::vector<std::vector<float>> answers(const std::string& engine, engines::Precision precision, int64_t& bytes_to_host) {
  runtime::LoadOptions options = digits_options(engine);
  options.precision = precision;
  options.max_batch = 4;
  const auto model = runtime::Model::load(options);
  EXPECT_TRUE(model.ok()) << model.status().message();
  std::vector<std::vector<float>> out;
  std::list<std::vector<float>> images;
  for (const int64_t rows : {1, 3, 4, 9}) {
    const auto sink = std::make_shared<runtime::Collector>();
    auto request = runtime::image_request(images, sink, 1, rows);
    request->rows = rows;
    // Each row is another.
    for (size_t i = 0; i < images.back().size(); ++i) images.back()[i] = static_cast<float>((i / 1024 + 1) * (i % 37)) / 100;
    forget_cuda();
    EXPECT_TRUE((*model)->submit(std::move(request)).ok());
    const runtime::RequestOutcome outcome = sink->wait(1);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
    if (!outcome.status.ok()) continue;
    if (rows == 4) bytes_to_host = cuda_count("bytes_to_host");
    const std::span<const std::byte> bytes = outcome.buffers[0]->span();
    EXPECT_EQ(bytes.size(), static_cast<size_t>(rows) * 40);
    out.emplace_back(bytes.size() / sizeof(float));
    std::memcpy(out.back().data(), bytes.data(), bytes.size());
  }
  return out;
}

TEST_F(TensorrtHalfBorders, RequestsAreAnsweredInF32AllTheSame) {
  int64_t half = 0;
  int64_t full = 0;
  const auto want = answers("reference", engines::Precision::kOrigin, full);
  const auto wide = answers("tensorrt", engines::Precision::kOrigin, full);
  const auto got = answers("tensorrt", engines::Precision::kFp16, half);
  EXPECT_EQ(full, 4 * 10 * 4);
  EXPECT_EQ(half, full / 2);
  ASSERT_EQ(got.size(), want.size());
  ASSERT_EQ(wide.size(), want.size());
  for (size_t r = 0; r < want.size(); ++r) {
    ASSERT_EQ(got[r].size(), want[r].size());
    ASSERT_EQ(wide[r].size(), want[r].size());
    for (size_t i = 0; i < want[r].size(); ++i) {
      const float scale = std::max(1.F, std::abs(want[r][i]));
      EXPECT_NEAR(got[r][i], want[r][i], 0.03F * scale) << r;
      EXPECT_NEAR(wide[r][i], want[r][i], 1e-3F * scale) << r;
    }
  }
}

}  // namespace
}  // namespace mindird::test
