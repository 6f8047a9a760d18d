// Signatures of models that take some sizes of their open dimensions alone.
#include "runtime/file/signature.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/strings.h"
#include "ops/movement/slice.h"

namespace mindird::runtime {
namespace {

using Takes = std::function<bool(const std::vector<int64_t>&)>;

/// Gives the first row and its input, and fails for the sizes that `takes` does not name.
class Picky final : public mindir::Module {
 public:
  Picky(std::vector<Shape> inputs, Takes takes, size_t outputs = 2) : takes_(std::move(takes)), outputs_(outputs) {
    for (size_t i = 0; i < inputs.size(); ++i) inputs_.push_back({i == 0 ? "x" : "y", {DType::kF32, inputs[i]}, true});
  }

  std::span<const mindir::Declared> inputs() const override { return inputs_; }
  size_t output_count() const override { return outputs_; }
  bool fixed_shapes() const override { return false; }
  size_t constant_bytes() const override { return 0; }
  std::string text() const override { return {}; }
  Result<ir::Graph> lower(std::span<const Shape> shapes) const override {
    std::vector<int64_t> sizes;
    for (size_t i = 0; i < shapes.size(); ++i) {
      for (size_t d = 0; d < shapes[i].rank(); ++d) {
        if (inputs_[i].type.shape[d] < 0) sizes.push_back(shapes[i][d]);
      }
    }
    if (!takes_(sizes)) return unsupported(str("m.mindir: node \"pick\": ", shapes[0].text(), " does not fit"));
    ir::Graph graph;
    const ir::ValueId x = graph.add_input("x", {DType::kF32, shapes[0]});
    for (size_t i = 1; i < shapes.size(); ++i) graph.add_input("y", {DType::kF32, shapes[i]});
    auto op = std::make_shared<ops::Slice>();
    op->begin = std::vector<int64_t>(shapes[0].rank(), 0);
    op->size = shapes[0].vector();
    op->stride = std::vector<int64_t>(shapes[0].rank(), 1);
    op->size[0] = 1;
    TRY_ASSIGN(const ir::ValueId row, graph.add(std::move(op), {x}, "pick"));
    graph.set_outputs(outputs_ == 1 ? std::vector{row} : std::vector{row, x});
    return graph;
  }

 private:
  std::vector<mindir::Declared> inputs_;
  Takes takes_;
  size_t outputs_;
};

std::vector<std::string> outputs_of(Result<Signature>& signature) {
  std::vector<std::string> out;
  for (const TensorSpec& spec : signature.ok() ? signature->outputs : std::vector<TensorSpec>()) {
    EXPECT_TRUE(spec.rank_known);
    out.push_back(str(spec.name, " ", spec.type.text()));
  }
  return out;
}

TEST(Signature, OfAModelThatNeedsThreeRows) {
  auto at_least = derive_signature(Picky({{-1, 4}}, [](const auto& sizes) { return sizes[0] >= 3; }), {});
  ASSERT_TRUE(at_least.ok()) << at_least.status().message();
  EXPECT_EQ(outputs_of(at_least), (std::vector<std::string>{"output_0 f32[1,4]", "output_1 f32[-1,4]"}));
  EXPECT_FALSE(at_least->batched);
  EXPECT_EQ(at_least->why_not_batched, "it does not take every number of rows: m.mindir: node \"pick\": [2,4] does not fit");
  const std::vector<std::string> names{"row", "all"};
  auto exactly = derive_signature(Picky({{-1, 4}}, [](const auto& sizes) { return sizes[0] == 3; }), names);
  EXPECT_EQ(outputs_of(exactly), (std::vector<std::string>{"row f32[-1,-1]", "all f32[-1,-1]"}));
  auto even = derive_signature(Picky({{-1, 4}}, [](const auto& sizes) { return sizes[0] % 2 == 0; }), {});
  EXPECT_EQ(outputs_of(even), (std::vector<std::string>{"output_0 f32[1,4]", "output_1 f32[-1,4]"}));
}

TEST(Signature, OfAModelWithOtherOpenSizes) {
  auto found = derive_signature(Picky({{-1, -1, 5}}, [](const auto& sizes) { return sizes[0] >= 3 && sizes[1] <= 12; }), {});
  EXPECT_EQ(outputs_of(found), (std::vector<std::string>{"output_0 f32[1,-1,5]", "output_1 f32[-1,-1,5]"}));
}

TEST(Signature, WhereNoSizeFits) {
  const auto related = [](const auto& sizes) { return sizes[1] == sizes[0] + 1; };
  auto several = derive_signature(Picky({{-1, 4}, {-1, 4}}, related), {});
  EXPECT_EQ(several.status().code(), Code::kUnsupported);
  EXPECT_EQ(several.status().message(),
            "has 2 outputs whose shapes follow from no size that was tried for its open dimensions: m.mindir: node \"pick\": [2,4] does not fit");
  const std::vector<std::string> names{"row"};
  auto one = derive_signature(Picky({{-1, 4}, {-1, 4}}, related, 1), names);
  ASSERT_TRUE(one.ok());
  EXPECT_FALSE(one->outputs[0].rank_known);
  EXPECT_EQ(one->outputs[0].name, "row");
}

}  // namespace
}  // namespace mindird::runtime
