// Arithmetic operators with random attributes on random inputs: infer refuses or gives types that evaluate fills, never more.
#include "ops/pooling/adaptive_pool.h"
#include "ops/sequence/attention.h"
#include "ops/linear/conv.h"
#include "ops/linear/conv_transpose.h"
#include "ops/normalization/group_norm.h"
#include "ops/normalization/lrn.h"
#include "ops/sequence/lstm.h"
#include "ops/pooling/pool.h"
#include "ops/pooling/pool_positions.h"
#include "ops/reduction/reduce.h"
#include "ops/normalization/softmax.h"
#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

/// Fills every attribute with a hostile or sensible value.
class Scrambler final : public ir::AttributeVisitor {
 public:
  Scrambler(Hostile& source, size_t rank) : source_(source), rank_(rank) {}

  void field(std::string_view, int64_t& value) override { value = source_.value(); }
  void field(std::string_view, double& value) override {
    static constexpr double kValues[] = {0, 1, -1, 1e-5, 1e300, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()};
    value = kValues[source_.pick(std::size(kValues))];
  }
  void field(std::string_view, bool& value) override { value = source_.pick(2) == 1; }
  void field(std::string_view, std::string& value) override { value = "x"; }
  void field(std::string_view, DType& value) override { value = static_cast<DType>(source_.pick(kDTypeCount)); }
  void field(std::string_view, std::vector<int64_t>& value) override { value = source_.list(rank_); }
  void choice(std::string_view, int64_t& index, std::span<const std::string_view> names) override { index = static_cast<int64_t>(source_.pick(names.size())); }

 private:
  Hostile& source_;
  size_t rank_;
};

const std::vector<std::string_view>& arithmetic_operators() {
  static const std::vector<std::string_view> kIds{"Unary",
                                                  "Binary",
                                                  "Compare",
                                                  "Select",
                                                  "Cast",
                                                  "MatMul",
                                                  "Conv",
                                                  "ConvTranspose",
                                                  "Pool",
                                                  "AdaptivePool",
                                                  "Reduce",
                                                  "Cumulative",
                                                  "CumulativeExtreme",
                                                  "ScatterElements",
                                                  "ScatterNd",
                                                  "SearchSorted",
                                                  "Softmax",
                                                  "LayerNorm",
                                                  "BatchNorm",
                                                  "ChannelAffine",
                                                  "GroupNorm",
                                                  "Lrn",
                                                  "Attention",
                                                  "Lstm",
                                                  "Identity",
                                                  "PoolPositions",
                                                  "AdaptivePoolPositions"};
  return kIds;
}

Array random_array(Hostile& source, DType dtype, Shape shape) {
  Array a{{dtype, std::move(shape)}, {}};
  a.bytes.resize(a.type.bytes());
  for (std::byte& b : a.bytes) b = static_cast<std::byte>(source.pick(256));
  return a;
}

/// Inputs that often fit: mostly one dtype and shapes related to each other.
std::vector<Array> random_inputs(Hostile& source) {
  const auto dtype = static_cast<DType>(source.pick(3) ? static_cast<size_t>(DType::kF16) + source.pick(4) : source.pick(kDTypeCount));
  const Shape first = source.shape(5);
  std::vector<Array> out;
  const size_t count = source.pick(7);
  for (size_t i = 0; i < count; ++i) {
    const auto own = source.pick(8) ? dtype : static_cast<DType>(source.pick(kDTypeCount));
    Shape shape = source.pick(2) ? source.shape(5) : first;
    if (first.rank() > 1 && source.pick(3) == 0) shape = Shape{first[1]};
    out.push_back(random_array(source, own, i == 0 ? first : shape));
  }
  return out;
}

TEST(HostileAttributes, NeverCrash) {
  size_t accepted = 0;
  Hostile source(20240611);
  for (const std::string_view id : arithmetic_operators()) {
    SCOPED_TRACE(id);
    for (int round = 0; round < 2000; ++round) {
      const auto inputs = random_inputs(source);
      const auto op = ir::OpRegistry::instance().create(id);
      ASSERT_NE(op, nullptr);
      Scrambler scrambler(source, inputs.empty() ? 0 : inputs[0].type.shape.rank() - (source.pick(2) && inputs[0].type.shape.rank() >= 2 ? 2 : 0));
      op->attributes(scrambler);
      EXPECT_TRUE(survives(*op, inputs));
      const auto types = op->infer(types_of(inputs));
      if (!types.ok()) continue;
      ++accepted;
      EXPECT_GE(op->cost(types_of(inputs), *types), 0);
    }
  }
  // Random inputs seldom fit, yet often enough for evaluation to be reached.
  EXPECT_GT(accepted, 1000U);
}

/// Changes about every third attribute, and of a list one value only.
class Mutator final : public ir::AttributeVisitor {
 public:
  explicit Mutator(Hostile& source) : source_(source) {}

  void field(std::string_view, int64_t& value) override { change(value); }
  void field(std::string_view, double& value) override {
    if (source_.pick(3) == 0) value = -value;
  }
  void field(std::string_view, bool& value) override { value = source_.pick(2) == 1; }
  void field(std::string_view, std::string&) override {}
  void field(std::string_view, DType&) override {}
  void field(std::string_view, std::vector<int64_t>& value) override {
    if (!value.empty()) change(value[source_.pick(value.size())]);
  }
  void choice(std::string_view, int64_t& index, std::span<const std::string_view> names) override { index = static_cast<int64_t>(source_.pick(names.size())); }

 private:
  void change(int64_t& value) {
    if (source_.pick(3) == 0) value = source_.value();
  }

  Hostile& source_;
};

struct Example {
  std::shared_ptr<ir::Op> op;
  std::vector<Shape> inputs;
};

/// Operators whose attributes must fit their inputs, with attributes that do.
std::vector<Example> fitting_examples() {
  const auto conv = std::make_shared<Conv>();
  conv->stride = conv->dilation = {1, 2};
  conv->pad_begin = conv->pad_end = {1, 0};
  conv->groups = 2;
  const auto transposed = std::make_shared<ConvTranspose>();
  transposed->stride = transposed->dilation = {1, 2};
  transposed->pad_begin = transposed->pad_end = transposed->output_padding = {1, 0};
  transposed->groups = 2;
  const auto pool = std::make_shared<Pool>();
  pool->kernel = pool->stride = {2, 3};
  pool->dilation = {1, 1};
  pool->pad_begin = pool->pad_end = {1, 0};
  const auto adaptive = std::make_shared<AdaptivePool>();
  adaptive->size = {2, 3};
  const auto reduce = std::make_shared<Reduce>();
  reduce->axes = {1, 3};
  const auto group = std::make_shared<GroupNorm>();
  group->groups = 2;
  const auto lstm = std::make_shared<Lstm>();
  lstm->hidden_size = 3;
  const Shape image{2, 4, 5, 6};
  return {{conv, {image, {6, 2, 2, 3}, {6}}},
          {transposed, {image, {4, 3, 2, 3}, {6}}},
          {pool, {image}},
          {adaptive, {image}},
          {reduce, {image}},
          {std::make_shared<Softmax>(), {image}},
          {group, {image, {4}, {4}}},
          {std::make_shared<Lrn>(), {image}},
          {std::make_shared<Attention>(), {image, {2, 4, 3, 6}, {2, 4, 3, 1}, {5, 3}}},
          {lstm, {{2, 2, 4}, {1, 2, 3}, {1, 2, 3}, {12, 4}, {12, 3}, {12}}}};
}

TEST(HostileAttributes, AlmostFitting) {
  Hostile source(11);
  for (size_t e = 0; e < fitting_examples().size(); ++e) {
    size_t accepted = 0;
    for (int round = 0; round < 300; ++round) {
      const Example example = fitting_examples()[e];
      SCOPED_TRACE(example.op->id());
      std::vector<Array> inputs;
      for (const Shape& shape : example.inputs) inputs.push_back(random_array(source, DType::kF32, shape));
      if (round > 0) {
        Mutator mutator(source);
        example.op->attributes(mutator);
      }
      EXPECT_TRUE(survives(*example.op, inputs));
      accepted += example.op->infer(types_of(inputs)).ok() ? 1 : 0;
    }
    EXPECT_GT(accepted, 30U) << fitting_examples()[e].op->id();
  }
}

/// Shapes whose sizes or products do not fit: nothing may be computed from them unchecked.
TEST(HostileAttributes, HugeShapesAreRefusedOrCounted) {
  Hostile source(7);
  for (const std::string_view id : arithmetic_operators()) {
    SCOPED_TRACE(id);
    for (int round = 0; round < 2000; ++round) {
      ir::Types in;
      const size_t count = source.pick(7);
      for (size_t i = 0; i < count; ++i) {
        std::vector<int64_t> dims(source.pick(6));
        for (int64_t& d : dims) d = source.pick(3) ? static_cast<int64_t>(source.pick(4)) : int64_t{1} << (20 + source.pick(42));
        in.push_back({DType::kF32, Shape(std::move(dims))});
      }
      const auto op = ir::OpRegistry::instance().create(id);
      Scrambler scrambler(source, count == 0 ? 0 : in[0].shape.rank());
      op->attributes(scrambler);
      const auto types = op->infer(in);
      if (!types.ok()) {
        EXPECT_FALSE(types.status().message().empty());
        continue;
      }
      for (const TensorType& t : *types) EXPECT_TRUE(t.checked_bytes().has_value()) << t.text();
    }
  }
}

}  // namespace
}  // namespace mindird::ops
