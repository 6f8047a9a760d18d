// Each anchor, in topological order, absorbs the chain of elementwise nodes behind it as long as every value on the way has one use
// and the builder accepts the node. A binary node joins the anchor that comes last among its producers, so its other operand
// exists when the group runs, at the place of its last node.
#include "engines/cpu/build/groups.h"

#include <algorithm>

#include "engines/cpu/build/builder.h"

namespace mindird::engines::cpu {
namespace {

class Grouper {
 public:
  explicit Grouper(const ir::Graph& graph) : graph_(graph), order_(graph.topological_order()), rank_(graph.node_count(), 0), taken_(graph.node_count(), false) {
    for (size_t i = 0; i < order_.size(); ++i) rank_[order_[i]] = i;
  }

  std::vector<Group> run(bool fuse) {
    std::vector<Group> groups;
    if (fuse) {
      // From the back, so that of two anchors that could take one add the later one does; elementwise anchors take what is left.
      for (size_t i = order_.size(); i-- > 0;) try_anchor(order_[i], false, groups);
      for (ir::NodeId n : order_) try_anchor(n, true, groups);
    }
    std::vector<bool> grouped = taken_;
    for (const Group& g : groups) grouped[g.anchor] = true;
    for (ir::NodeId n : order_) {
      if (!grouped[n]) groups.push_back({n, {}});
    }
    std::sort(groups.begin(), groups.end(), [&](const Group& a, const Group& b) { return rank_[a.last()] < rank_[b.last()]; });
    return groups;
  }

 private:
  void try_anchor(ir::NodeId n, bool elementwise, std::vector<Group>& groups) {
    if (taken_[n] || graph_.node(n).op->traits().elementwise != elementwise) return;
    const Builder* builder = find_builder(graph_.node(n).op->id());
    if (builder && builder->absorbs && builder_verdict(graph_, n).yes) groups.push_back(grow(n, *builder));
  }

  Group grow(ir::NodeId anchor, const Builder& builder) {
    Group group{anchor, {}};
    while (const std::optional<PostOp> next = candidate(group)) {
      if (!builder.absorbs(graph_, group, *next)) break;
      taken_[next->node] = true;
      group.post.push_back(*next);
    }
    return group;
  }

  std::optional<PostOp> candidate(const Group& group) const {
    const ir::Node& last = graph_.node(group.last());
    if (last.outputs.size() != 1 || !graph_.single_use(last.outputs[0])) return std::nullopt;
    const ir::ValueId value = last.outputs[0];
    const ir::Use use = graph_.value(value).uses[0];
    if (taken_[use.node]) return std::nullopt;
    const ir::Node& node = graph_.node(use.node);
    PostOp post{use.node, ir::op_cast<ops::Unary>(*node.op), ir::op_cast<ops::Binary>(*node.op), ir::kNone, ir::op_cast<ops::Quantize>(*node.op)};
    if (post.quantize) return use.input == 0 ? std::optional(post) : std::nullopt;
    if (!(graph_.type(node.outputs[0]) == graph_.type(value))) return std::nullopt;
    if (post.unary) return post;
    if (!post.binary) return std::nullopt;
    const bool commutes = post.binary->kind == ops::BinaryKind::kAdd || post.binary->kind == ops::BinaryKind::kMul;
    if (use.input != 0 && !commutes) return std::nullopt;
    post.operand = node.inputs[1 - use.input];
    return post;
  }

  const ir::Graph& graph_;
  std::vector<ir::NodeId> order_;
  std::vector<size_t> rank_;
  std::vector<bool> taken_;
};

}  // namespace

std::vector<Group> make_groups(const ir::Graph& graph, bool fuse) { return Grouper(graph).run(fuse); }

}  // namespace mindird::engines::cpu
