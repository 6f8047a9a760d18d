// Builders: one file per operator registers whether TensorRT expresses a node and how. What has no builder, or is refused by it, runs on
// another engine.
#pragma once

#include <initializer_list>

#include "engines/engine.h"
#include "engines/tensorrt/node_builder.h"

namespace mindird::engines::tensorrt {

struct Builder {
  /// Shapes are known, no tensor is empty, ranks and element types are TensorRT's. Null: every such node.
  Verdict (*supports)(const ir::Graph& graph, const ir::Node& node) = nullptr;
  Status (*build)(NodeBuilder& b) = nullptr;
  /// Takes 8-bit integers, which TensorRT computes with between Quantize and Dequantize alone.
  bool eight_bits = false;
  /// Takes bytes, which TensorRT knows as inputs of the network and converts to floating types.
  bool bytes = false;
};

/// getInferLibVersion() of the library in use: some layers are younger than the oldest library the module runs with.
int library_version();
void set_library_version(int version);

bool add_builder(std::string_view id, const Builder& builder);
/// The answer for a node: general rules, then the builder's own.
Verdict builder_verdict(const ir::Graph& graph, ir::NodeId node);
/// Adds the node's layers to the network; every output must come out with the node's type.
Status build_node(NetworkDraft& draft, ir::NodeId node);

/// Accepts when input 0 has one of the types.
Verdict input_type_among(const ir::Graph& graph, const ir::Node& node, std::initializer_list<DType> types);
/// Accepts when input 0 is f32, f16 or bf16.
Verdict floating_input(const ir::Graph& graph, const ir::Node& node);

}  // namespace mindird::engines::tensorrt

/// Registers a builder for an operator class: REGISTER_BUILDER(Conv, {.supports = …, .build = …});
#define REGISTER_BUILDER(OpName, ...)                              \
  [[maybe_unused]] static const bool registered_builder_##OpName = \
      ::mindird::engines::tensorrt::add_builder(::mindird::ops::OpName::kId, ::mindird::engines::tensorrt::Builder __VA_ARGS__)
