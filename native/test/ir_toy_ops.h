// Operators for the tests of the IR itself, which knows none.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "ir/op.h"

namespace mindird::ir {

/// z = x + y of equal float32 tensors.
struct ToyAdd final : Op {
  static constexpr std::string_view kId = "ToyAdd";
  std::string_view id() const override { return kId; }
  Result<Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const EvalArgs& args) const override;
};

/// y = x * factor (x of any type, copied where it is not float32); has an attribute of every kind there is.
struct ToyScale final : Op {
  static constexpr std::string_view kId = "ToyScale";
  enum class Mode : uint8_t { kPlain, kFancy };

  double factor = 1;
  int64_t count = 0;
  bool flag = false;
  std::string label;
  DType type = DType::kF32;
  std::vector<int64_t> sizes;
  Mode mode = Mode::kPlain;

  std::string_view id() const override { return kId; }
  void attributes(AttributeVisitor& v) override;
  Result<Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const EvalArgs& args) const override;
};

/// Two copies of its input.
struct ToySplit final : Op {
  static constexpr std::string_view kId = "ToySplit";
  std::string_view id() const override { return kId; }
  Result<Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const EvalArgs& args) const override;
};

/// The positive elements of a float32 tensor: a vector of unknown length.
struct ToyPositive final : Op {
  static constexpr std::string_view kId = "ToyPositive";
  std::string_view id() const override { return kId; }
  Traits traits() const override { return {.data_dependent = true}; }
  Result<Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const EvalArgs& args) const override;
};

/// A float32 constant.
ConstantPtr floats(const Shape& shape, const std::vector<float>& values);

}  // namespace mindird::ir
