// One engine for all batch sizes (no GPU: the test libraries evaluate the networks): it computes what an engine of each size alone computes.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "base/strings.h"
#include "engines/registry.h"
#include "mindir/module.h"
#include "ops/elementwise/binary.h"
#include "ops/movement/expand.h"
#include "ops/movement/pad.h"
#include "ops/movement/reshape.h"
#include "ops/image/resize.h"
#include "ops/movement/reverse.h"
#include "ops/movement/slice.h"
#include "ops/movement/tile.h"
#include "ops/movement/transpose.h"
#include "plan/batch_axis.h"
#include "plan/symbolic_batch.h"
#include "support.h"
#include "test/mindir_npz.h"

namespace mindird::test {
namespace {

using Lower = std::function<Result<ir::Graph>(int64_t rows)>;
const std::vector<int64_t> kRows = {1, 2, 4, 8};

/// `rows` rows, the given ones over and over.
std::vector<std::shared_ptr<Buffer>> repeat_rows(const ir::Graph& graph, std::span<const ConstantPtr> given, std::vector<Tensor>& views) {
  std::vector<std::shared_ptr<Buffer>> out;
  for (size_t i = 0; i < given.size(); ++i) {
    const TensorType& type = graph.type(graph.inputs()[i]);
    auto buffer = std::make_shared<Buffer>(Buffer::allocate(type.bytes()).value());
    const std::span<const std::byte> from = given[i]->bytes();
    for (size_t b = 0; b < type.bytes(); ++b) buffer->data()[b] = from[b % from.size()];
    views.push_back({type, buffer->data()});
    out.push_back(std::move(buffer));
  }
  return out;
}

plan::CompileOptions options_for(const engines::EngineCache* cache) {
  plan::CompileOptions options;
  options.engines = {&tensorrt_engine(), engines::EngineRegistry::instance().find("reference")};
  options.cache = cache;
  return options;
}

/// Every bucket through profiles and by itself, the largest first as a server does it. Returns the reports of those with profiles.
std::vector<nlohmann::json> compare(const Lower& lower, std::span<const ConstantPtr> given) {
  plan::CompileOptions options = options_for(nullptr);
  options.symbolic = plan::make_symbolic_batch(lower, kRows, options);
  std::vector<nlohmann::json> reports;
  std::vector<PlanRun> alive;
  for (size_t b = kRows.size(); b-- > 0;) {
    auto graph = lower(kRows[b]);
    if (!graph.ok()) ADD_FAILURE() << graph.status().message();
    if (!graph.ok()) return reports;
    std::vector<Tensor> inputs;
    const auto buffers = repeat_rows(*graph, given, inputs);
    options.rows = kRows[b];
    auto shared = run_plan(*graph, options, inputs);
    auto alone = run_plan(*graph, options_for(nullptr), inputs);
    EXPECT_TRUE(shared.ok()) << shared.status().message();
    EXPECT_TRUE(alone.ok()) << alone.status().message();
    if (!shared.ok() || !alone.ok()) return reports;
    for (size_t i = 0; i < alone->outputs.size(); ++i) {
      const Tensor& x = shared->outputs[i].tensor;
      const Tensor& y = alone->outputs[i].tensor;
      EXPECT_EQ(x.type, y.type);
      EXPECT_EQ(std::memcmp(x.data, y.data, y.bytes()), 0) << "batch of " << kRows[b] << ", output " << i;
    }
    reports.push_back(shared->report);
    alive.push_back(std::move(shared).value());
  }
  return reports;
}

/// The first `count` reports, those of the largest buckets, are of one engine.
void expect_profiles(const std::vector<nlohmann::json>& reports, size_t count = kRows.size()) {
  ASSERT_EQ(reports.size(), kRows.size());
  for (size_t b = 0; b < count; ++b) {
    ASSERT_EQ(reports[b]["partitions"].size(), 1U);
    const auto& profiles = reports[b]["partitions"][0]["profiles"];
    EXPECT_EQ(profiles["why_not"], "");
    EXPECT_EQ(profiles["rows"].get<std::vector<int64_t>>(), kRows);
    EXPECT_EQ(profiles["used"], kRows[kRows.size() - 1 - b]);
  }
}

class ProfiledNetwork : public testing::TestWithParam<std::string> {};

TEST_P(ProfiledNetwork, HasOneEngineThatComputesWhatOnePerBucketWould) {
  const std::string base = MINDIRD_SOURCE_DIR "/test/networks/" + GetParam();
  auto module = mindir::read(base + ".mindir");
  auto arrays = read_npz(base + ".npz");
  ASSERT_TRUE(module.ok() && arrays.ok());
  std::vector<ConstantPtr> given;
  std::vector<Shape> shapes;
  for (size_t i = 0; i < (*module)->inputs().size(); ++i) {
    given.push_back(arrays->at(str("input_", i)));
    shapes.push_back(given.back()->type().shape);
    ASSERT_EQ((*module)->inputs()[i].type.shape[0], -1);
  }
  const Lower lower = [&](int64_t rows) {
    std::vector<Shape> at = shapes;
    for (Shape& shape : at) shape[0] = rows;
    return (*module)->lower(at);
  };
  ASSERT_TRUE(plan::prove_rows_independent(*lower(2)).independent);
  expect_profiles(compare(lower, given));
}

INSTANTIATE_TEST_SUITE_P(Networks, ProfiledNetwork, testing::Values("bert_base_dynamic", "mobilenet_v3_large_dynamic", "resnet50_dynamic", "wide_deep_dynamic"),
                         [](const auto& instance) { return instance.param; });

ConstantPtr numbers(const Shape& shape) {
  std::vector<float> values(static_cast<size_t>(shape.elements()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 37) - 11;
  return *make_constant({DType::kF32, shape}, {reinterpret_cast<const std::byte*>(values.data()), values.size() * sizeof(float)});
}

/// A graph of one input of `row` dims behind the batch.
Lower with_input(const Shape& row, const std::function<Result<ir::ValueId>(ir::Graph&, ir::ValueId x, int64_t rows)>& body) {
  return [=](int64_t rows) -> Result<ir::Graph> {
    ir::Graph g;
    std::vector<int64_t> dims = {rows};
    dims.insert(dims.end(), row.begin(), row.end());
    const ir::ValueId x = g.add_input("x", {DType::kF32, Shape(dims)});
    TRY_ASSIGN(const ir::ValueId y, body(g, x, rows));
    g.set_outputs({y});
    return g;
  };
}

template <class Op>
std::shared_ptr<Op> with_shape(std::vector<int64_t> shape) {
  auto op = std::make_shared<Op>();
  op->shape = std::move(shape);
  return op;
}

TEST(Profiles, SizesWithTheBatchInThemAreComputed) {
  const Lower lower = with_input({4, 6}, [](ir::Graph& g, ir::ValueId x, int64_t rows) -> Result<ir::ValueId> {
    auto slice = std::make_shared<ops::Slice>();
    slice->begin = {0, 1, 0};
    slice->size = {rows, 2, 6};
    slice->stride = {1, 2, 1};
    TRY_ASSIGN(x, g.add(slice, {x}, "slice"));
    auto pad = std::make_shared<ops::Pad>();
    pad->before = {0, 1, 0};
    pad->after = {0, 0, 2};
    pad->value = 3;
    TRY_ASSIGN(x, g.add(pad, {x}, "pad"));
    auto reverse = std::make_shared<ops::Reverse>();
    reverse->axes = {2};
    TRY_ASSIGN(x, g.add(reverse, {x}, "reverse"));
    auto tile = std::make_shared<ops::Tile>();
    tile->repeats = {1, 2, 1};
    TRY_ASSIGN(x, g.add(tile, {x}, "tile"));
    TRY_ASSIGN(x, g.add(with_shape<ops::Reshape>({rows, 1, 6, 8}), {x}, "split"));
    TRY_ASSIGN(x, g.add(with_shape<ops::Expand>({rows, 3, 6, 8}), {x}, "expand"));
    auto resize = std::make_shared<ops::Resize>();
    resize->size = {9, 10};
    TRY_ASSIGN(x, g.add(resize, {x}, "resize"));
    return g.add(with_shape<ops::Reshape>({rows * 3, 90}), {x}, "merge");
  });
  const std::vector<ConstantPtr> given = {numbers({8, 4, 6})};
  expect_profiles(compare(lower, given));
}

/// A value with the batch in two dims is reshaped by a computed shape. At a batch of 1 the passes find less to do, and that bucket stands alone.
TEST(Profiles, TwoDimsMayGrow) {
  const Lower lower = with_input({4}, [](ir::Graph& g, ir::ValueId x, int64_t rows) -> Result<ir::ValueId> {
    auto transpose = std::make_shared<ops::Transpose>();
    transpose->perm = {1, 0};
    TRY_ASSIGN(const ir::ValueId turned, g.add(transpose, {x}, "turn"));
    TRY_ASSIGN(const ir::ValueId column, g.add(with_shape<ops::Reshape>({4, rows, 1}), {turned}, "column"));
    TRY_ASSIGN(const ir::ValueId row, g.add(with_shape<ops::Reshape>({4, 1, rows}), {turned}, "row"));
    TRY_ASSIGN(const ir::ValueId sum, g.add(std::make_shared<ops::Binary>(), {column, row}, "outer"));
    return g.add(with_shape<ops::Reshape>({2, 2, rows, rows}), {sum}, "split");
  });
  const std::vector<ConstantPtr> given = {numbers({8, 4})};
  const auto reports = compare(lower, given);
  expect_profiles(reports, 3);
  EXPECT_EQ(reports.back()["partitions"][0]["profiles"]["why_not"], "3 nodes, 5 at another batch size");
}

TEST(Profiles, BatchesBeyondCountingAreRefused) {
  ir::Graph graph;
  graph.set_outputs(
      {*graph.add(std::make_shared<ops::Binary>(), {graph.add_input("x", {DType::kF32, {10}}), graph.add_input("y", {DType::kF32, {10}})}, "add")});
  auto profiles = std::make_shared<engines::BatchProfiles>();
  profiles->rows = {1, int64_t{1} << 62U};
  profiles->symbolic = std::make_shared<const ir::Graph>(graph.clone());
  profiles->placeholder = 5;
  engines::BuildOptions options;
  options.profiles = profiles;
  options.rows = 1;
  const auto built = tensorrt_engine().build(std::move(graph), options);
  EXPECT_EQ(built.status().message(), "input 0 has more than can be counted at a batch of 4611686018427387904");
}

TEST(Profiles, AnEngineOfOtherBatchesIsNotRun) {
  const auto relu = [](int64_t rows) {
    ir::Graph graph;
    graph.set_outputs(
        {*graph.add(std::make_shared<ops::Binary>(), {graph.add_input("x", {DType::kF32, {rows, 3}}), graph.add_input("y", {DType::kF32, {rows, 3}})}, "add")});
    return graph;
  };
  engines::BatchProfiles profiles;
  profiles.rows = {1, 4, 8};
  profiles.symbolic = std::make_shared<const ir::Graph>(relu(5));
  profiles.placeholder = 5;
  const auto options = [&](std::vector<int64_t> rows, int64_t used) {
    auto other = std::make_shared<engines::BatchProfiles>(profiles);
    other->rows = std::move(rows);
    engines::BuildOptions out;
    out.profiles = std::move(other);
    out.rows = used;
    return out;
  };
  const auto built = tensorrt_engine().build(relu(4), options({1, 4, 8}, 4));
  ASSERT_TRUE(built.ok()) << built.status().message();
  const auto plan = (*built)->serialize();
  ASSERT_TRUE(plan.ok());
  const auto refusal = [&](std::vector<int64_t> rows, int64_t used) {
    return tensorrt_engine().load(relu(4), *plan, options(std::move(rows), used)).status().message();
  };
  EXPECT_EQ(refusal({1, 4, 8}, 4), "");
  EXPECT_EQ(refusal({1, 4}, 4), "the engine has 3 profiles, want 2");
  EXPECT_EQ(refusal({1, 4, 8}, 8), "profile 2 has shape [8,3] for in_0, want [4,3]");
  EXPECT_EQ(refusal({1, 2, 4}, 4), "profile 2 has shape [8,3] for in_0, want [4,3]");
  EXPECT_EQ(refusal({1, 4, 8}, 5), "no profile for a batch of 5");
}

/// Begins at the other end of the batch, which is another place in every bucket.
TEST(Profiles, WhatCannotBeOpenIsBuiltForEachBucketAndSaysWhy) {
  const Lower lower = with_input({4}, [](ir::Graph& g, ir::ValueId x, int64_t) -> Result<ir::ValueId> {
    auto reverse = std::make_shared<ops::Reverse>();
    reverse->axes = {0};
    return g.add(reverse, {x}, "backwards");
  });
  const std::vector<ConstantPtr> given = {numbers({8, 4})};
  const auto reports = compare(lower, given);
  ASSERT_EQ(reports.size(), kRows.size());
  for (size_t b = 0; b < 3; ++b) {
    const auto& partition = reports[b]["partitions"][0];
    EXPECT_EQ(partition["engine"], "tensorrt");
    EXPECT_EQ(partition["profiles"]["used"], 0);
    EXPECT_NE(partition["profiles"]["why_not"].get<std::string>().find("the end of a dim that grows with the batch is not known"), std::string::npos)
        << partition["profiles"];
  }
}

}  // namespace
}  // namespace mindird::test
