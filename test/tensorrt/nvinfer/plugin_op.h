// A plugin in the graph of a built network: named by its creator and the fields it asked to be serialized, made again to run.
#pragma once

#include "defaults.h"
#include "ir/op.h"

namespace mindird::test_nvinfer {

struct RunPlugin final : ir::Op {
  static constexpr std::string_view kId = "RunPlugin";

  std::string creator;
  std::string version;
  std::string name_space;
  std::string fields;  // "name:type:length:hex;…"
  std::string types;   // "f32[1,3];…"

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
};

std::string serialized_fields(const nvinfer1::PluginFieldCollection& fields);

}  // namespace mindird::test_nvinfer
