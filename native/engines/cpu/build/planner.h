// Turns a graph into a schedule, group by group: keeps where every value lies, inserts copies where a step wants another layout, and
// collects steps and areas.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "engines/cpu/build/groups.h"
#include "engines/cpu/build/record.h"
#include "engines/cpu/run/schedule.h"
#include "engines/engine.h"

namespace mindird::engines::cpu {

class Planner {
 public:
  Planner(const ir::Graph& graph, const BuildOptions& options, Record& record);

  /// Plans the whole graph.
  Result<std::shared_ptr<const Schedule>> run();

  // --- for builders, through NodeBuilder --------------------------------------------------------------------------
  const ir::Graph& graph() const { return graph_; }
  const BuildOptions& options() const { return options_; }
  Record& record() { return record_; }
  /// Threads of the step being planned.
  int threads() const { return threads_; }

  /// Where a value lies now, in whatever layout its producer chose.
  const Placed& place(ir::ValueId value) const { return *places_[value]; }
  /// The value in exactly `wanted` (strides included), copied by a step if need be.
  Result<Placed> place_as(ir::ValueId value, const Layout& wanted);
  /// Memory for a value that the next step writes. Plain graph outputs lie in the caller's memory.
  Placed create(ir::ValueId value, const Layout& layout);
  /// The value is (part of) memory that another value already has.
  void set_view(ir::ValueId value, const Placed& placed) { places_[value] = placed; }
  Ref scratch(size_t bytes);
  Ref add_constant(const std::byte* data, size_t bytes, std::shared_ptr<const void> owner);
  void emit(std::unique_ptr<Step> step);
  /// Counts the node being planned as a sum of products of `factors`: f32, bf16 or i8.
  void count_product(DType factors);
  /// How the kernel of the node being planned was chosen.
  void explain_choice(std::string chosen, std::vector<TimedKernel> rivals);
  void count_short_weights() { ++schedule_->short_products; }

 private:
  /// Finds the Dequantize nodes whose readers all take the integers behind them.
  void find_unread(const std::vector<Group>& groups);
  Status plan_group(const Group& group);
  /// What is emitted from now on belongs together.
  void begin_work(std::vector<std::string> nodes, double bytes);
  /// Decides how many threads the next steps have, by their multiply-adds.
  void share(double work);
  Status evaluate_node(ir::NodeId node);
  Status finish_outputs();
  Result<Placed> reordered_constant(ir::ValueId value, const Layout& wanted);
  void emit_copy(const Placed& from, const Placed& to);

  const ir::Graph& graph_;
  const BuildOptions& options_;
  Record& record_;
  std::unique_ptr<Schedule> schedule_;
  std::vector<std::optional<Placed>> places_;
  std::map<ir::ValueId, std::vector<Placed>> copies_;
  std::map<ir::ValueId, size_t> dynamic_;
  std::set<ir::NodeId> unread_;
  std::vector<uint32_t> output_areas_;
  std::string origin_;
  int threads_ = 1;
};

}  // namespace mindird::engines::cpu
