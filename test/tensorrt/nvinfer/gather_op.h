// Gathering with the one difference that TensorRT documents: an index outside the data stores zeros, where the project's operators report an error.
#pragma once

#include "ir/op.h"

namespace mindird::test_nvinfer {

/// TensorRT's three modes of IGatherLayer.
enum class Gathering : uint8_t { kSlices, kElements, kTuples };

struct GatherOrZero final : ir::Op {
  static constexpr std::string_view kId = "GatherOrZero";

  Gathering mode = Gathering::kSlices;
  int64_t axis = 0;
  int64_t matched = 0;  // leading dims both inputs share, of slices

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;

 private:
  ir::OpPtr strict() const;
};

}  // namespace mindird::test_nvinfer
