#include "test/passes_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/strings.h"
#include "ops/support.h"

namespace mindird::passes {
namespace {

struct Tolerance {
  double relative;
  double absolute;
};

Tolerance tolerance(DType dtype) {
  switch (dtype) {
    case DType::kF16: return {1e-2, 4e-3};
    case DType::kBF16: return {6e-2, 3e-2};
    case DType::kF32: return {1e-4, 2e-5};
    case DType::kF64: return {1e-9, 1e-10};
    default: return {0, 0};
  }
}

bool close(double got, double want, const Tolerance& tolerance) {
  if (std::isnan(want)) return std::isnan(got);
  if (std::isinf(want)) return got == want;
  return std::abs(got - want) <= tolerance.absolute + tolerance.relative * std::abs(want);
}

}  // namespace

std::vector<Pass> every_pass() {
  std::vector<Pass> out;
  for (const Stage& stage : stages()) {
    for (const Pass& pass : stage.passes) {
      const bool known = std::any_of(out.begin(), out.end(), [&](const Pass& p) { return p.name == pass.name; });
      if (!known) out.push_back(pass);
    }
  }
  return out;
}

Status run_by_name(std::string_view name, ir::Graph& graph) {
  PassContext context;
  for (const Stage& stage : stages()) {
    if (stage.name == name) return run_stage(stage, graph, context, {.verify_each = true, .constants = nullptr}).status();
  }
  for (const Pass& pass : every_pass()) {
    if (pass.name != name) continue;
    TRY(pass.run(graph, context).status());
    return graph.verify();
  }
  return invalid_argument(str("no pass and no stage is called ", name));
}

ir::OwnedTensor random_tensor(const TensorType& type, std::mt19937& random) {
  auto allocated = Buffer::allocate(type.bytes());
  EXPECT_TRUE(allocated.ok());
  ir::OwnedTensor out;
  out.buffer = std::make_shared<Buffer>(std::move(*allocated));
  out.tensor = {type, out.buffer->data()};
  std::normal_distribution<double> normal;
  const Status status = ops::dispatch_any(type.dtype, [&]<class T>() {
    for (T& v : out.tensor.as<T>()) {
      if constexpr (ops::kIsFloating<T>) {
        v = ops::narrow<T>(normal(random));
      } else if constexpr (std::is_same_v<T, ops::BoolByte>) {
        v = ops::BoolByte(random() % 2 == 0);
      } else {
        v = static_cast<T>(random() % 2);
      }
    }
  });
  EXPECT_TRUE(status.ok());
  return out;
}

std::vector<ir::OwnedTensor> random_inputs(const ir::Graph& graph, std::mt19937& random) {
  std::vector<ir::OwnedTensor> out;
  for (const ir::ValueId v : graph.inputs()) out.push_back(random_tensor(graph.type(v), random));
  return out;
}

std::string difference(const Tensor& got, const Tensor& want) {
  if (!(got.type == want.type)) return str("is ", got.type.text(), ", want ", want.type.text());
  std::string out;
  const Tolerance allowed = tolerance(want.dtype());
  const Status status = ops::dispatch_any(want.dtype(), [&]<class T>() {
    const auto a = got.as<T>();
    const auto b = want.as<T>();
    for (size_t i = 0; i < a.size() && out.empty(); ++i) {
      const auto x = static_cast<double>(ops::load(a[i]));
      const auto y = static_cast<double>(ops::load(b[i]));
      if (!close(x, y, allowed)) out = str("element ", i, " is ", x, ", want ", y);
    }
  });
  return status.ok() ? out : status.message();
}

void expect_same_results(const ir::Graph& before, const ir::Graph& after, uint32_t seed) {
  std::mt19937 random(seed);
  const auto owned = random_inputs(before, random);
  std::vector<Tensor> inputs;
  for (const auto& t : owned) inputs.push_back(t.tensor);
  const auto want = ir::evaluate(before, inputs);
  ASSERT_TRUE(want.ok()) << want.status().message();
  const auto got = ir::evaluate(after, inputs);
  ASSERT_TRUE(got.ok()) << got.status().message() << '\n' << ir::print(after);
  ASSERT_EQ((*got).size(), (*want).size());
  for (size_t i = 0; i < (*want).size(); ++i) {
    EXPECT_EQ(difference((*got)[i].tensor, (*want)[i].tensor), "") << "output " << i << " of\n" << ir::print(before) << "became\n" << ir::print(after);
  }
}

}  // namespace mindird::passes
