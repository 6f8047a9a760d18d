// A compiled subgraph: steps in order and the areas they work on. Immutable once finished.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engines/cpu/run/primitive_step.h"
#include "engines/explained.h"

namespace mindird::engines::cpu {

enum class AreaKind : uint8_t { kWorkspace, kInput, kOutput, kConstant };

struct Area {
  AreaKind kind = AreaKind::kWorkspace;
  size_t bytes = 0;
  size_t index = 0;                     // which input or output
  size_t offset = 0;                    // in the workspace
  const std::byte* constant = nullptr;  // kept alive by `owner`
  std::shared_ptr<const void> owner;
};

struct Schedule {
  ir::Types inputs;
  ir::Types outputs;
  std::vector<Area> areas;
  std::vector<std::unique_ptr<Step>> steps;
  std::vector<std::string> origins;    // one per step
  std::vector<int> step_threads;       // one per step: 1 where there is too little to share
  std::vector<WorkFacts> work;         // what steps belong to, in their order
  std::vector<size_t> step_work;       // one per step
  std::vector<std::string> evaluated;  // origins of nodes that run as plain `evaluate`
  size_t products = 0;                 // convolutions and matrix products
  size_t bf16_products = 0;            // those of them that are computed in bf16
  size_t int8_products = 0;            // and on 8-bit integers
  size_t short_products = 0;           // those of them that read weights of 16 bits and compute in f32
  size_t dynamic_values = 0;
  std::vector<std::pair<size_t, size_t>> dynamic_outputs;  // output, dynamic value
  size_t workspace_bytes = 0;
  int threads = 1;  // the most of any step

  /// Gives every workspace area its place from the steps that touch it.
  void plan_workspace();
  size_t constant_bytes() const;
  /// Of the steps that are primitives.
  std::vector<PrimitiveStep::Kernel> kernels() const;
};

/// Memory and prepared states of one thread of control.
Result<std::unique_ptr<Context>> make_context(std::shared_ptr<const Schedule> schedule, std::span<std::byte> workspace);

}  // namespace mindird::engines::cpu
