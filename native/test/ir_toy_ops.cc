#include "test/ir_toy_ops.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/strings.h"

namespace mindird::ir {
namespace {

Status expect_inputs(std::span<const TensorType> in, size_t n) {
  if (in.size() != n) return invalid_argument(str(in.size(), " inputs, want ", n));
  return {};
}

}  // namespace

Result<Types> ToyAdd::infer(std::span<const TensorType> in) const {
  TRY(expect_inputs(in, 2));
  if (!(in[0] == in[1]) || in[0].dtype != DType::kF32)
    return invalid_argument(str("inputs ", in[0].text(), " and ", in[1].text(), ", want two equal f32 tensors"));
  return Types{in[0]};
}

Status ToyAdd::evaluate(const EvalArgs& args) const {
  const auto x = args.inputs[0].as<const float>();
  const auto y = args.inputs[1].as<const float>();
  std::transform(x.begin(), x.end(), y.begin(), args.outputs[0].as<float>().begin(), [](float a, float b) { return a + b; });
  return {};
}

void ToyScale::attributes(AttributeVisitor& v) {
  static constexpr std::array<std::string_view, 2> kModes = {"plain", "fancy"};
  v.field("factor", factor);
  v.field("count", count);
  v.field("flag", flag);
  v.field("label", label);
  v.field("type", type);
  v.field("sizes", sizes);
  v.choice("mode", mode, kModes);
}

Result<Types> ToyScale::infer(std::span<const TensorType> in) const {
  TRY(expect_inputs(in, 1));
  return Types{in[0]};
}

Status ToyScale::evaluate(const EvalArgs& args) const {
  if (args.inputs[0].dtype() != DType::kF32) {
    std::copy_n(args.inputs[0].data, args.inputs[0].bytes(), args.outputs[0].data);
    return {};
  }
  const auto x = args.inputs[0].as<const float>();
  std::transform(x.begin(), x.end(), args.outputs[0].as<float>().begin(), [&](float v) { return static_cast<float>(v * factor); });
  return {};
}

Result<Types> ToySplit::infer(std::span<const TensorType> in) const {
  TRY(expect_inputs(in, 1));
  return Types{in[0], in[0]};
}

Status ToySplit::evaluate(const EvalArgs& args) const {
  for (const Tensor& out : args.outputs) std::copy_n(args.inputs[0].data, out.bytes(), out.data);
  return {};
}

Result<Types> ToyPositive::infer(std::span<const TensorType> in) const {
  TRY(expect_inputs(in, 1));
  return Types{{DType::kF32, Shape{-1}}};
}

Status ToyPositive::evaluate(const EvalArgs& args) const {
  std::vector<float> kept;
  for (const float v : args.inputs[0].as<const float>()) {
    if (v > 0) kept.push_back(v);
  }
  TRY(args.allocate(0, Shape{static_cast<int64_t>(kept.size())}));
  std::copy(kept.begin(), kept.end(), args.outputs[0].as<float>().begin());
  return {};
}

REGISTER_OP(ToyAdd);
REGISTER_OP(ToyScale);
REGISTER_OP(ToySplit);
REGISTER_OP(ToyPositive);

ConstantPtr floats(const Shape& shape, const std::vector<float>& values) {
  auto made = make_constant({DType::kF32, shape}, std::as_bytes(std::span(values)));
  EXPECT_TRUE(made.ok()) << made.status().message();
  return made.ok() ? *made : nullptr;
}

}  // namespace mindird::ir
