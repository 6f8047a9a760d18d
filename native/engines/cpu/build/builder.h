// Builders: one file per operator registers whether the engine computes a node itself and how. What has no builder, or is refused by
// it, is evaluated.
#pragma once

#include "engines/cpu/build/groups.h"
#include "engines/cpu/build/node_builder.h"
#include "engines/engine.h"

namespace mindird::engines::cpu {

struct Builder {
  /// Shapes are known and no tensor is empty.
  Verdict (*supports)(const ir::Graph& graph, ir::NodeId node) = nullptr;
  Status (*build)(NodeBuilder& b) = nullptr;
  /// Whether the step can apply `post` behind what the group has already; null: nothing is ever absorbed.
  bool (*absorbs)(const ir::Graph& graph, const Group& group, const PostOp& post) = nullptr;
};

bool add_builder(std::string_view id, const Builder& builder);
/// Null when there is none.
const Builder* find_builder(std::string_view id);
/// The builder's answer for a node, empty tensors and unknown sizes included.
Verdict builder_verdict(const ir::Graph& graph, ir::NodeId node);

/// All inputs and outputs of a node are f32.
bool all_f32(const ir::Graph& graph, ir::NodeId node);

}  // namespace mindird::engines::cpu

/// Registers a builder for an operator class: REGISTER_BUILDER(Conv, {.supports = …, .build = …});
#define REGISTER_BUILDER(OpName, ...)                              \
  [[maybe_unused]] static const bool registered_builder_##OpName = \
      ::mindird::engines::cpu::add_builder(::mindird::ops::OpName::kId, ::mindird::engines::cpu::Builder __VA_ARGS__)
