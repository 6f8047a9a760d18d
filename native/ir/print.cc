// The text form of graphs:
//
//   graph lenet(x: f32[1,1,32,32]) -> (y) {
//     w = const f32[6,1,5,5] @3f…                      contents by hash, or = {1, 2} inline when small or asked for
//     c = Conv(x, w) {stride=[1,1], …} : f32[1,6,28,28]  # "Default/conv1"
//   }
//
// Constants stand before the first node that uses them, graphs of an operator of control flow in front of their node, in order.
#include <charconv>
#include <cmath>
#include <vector>

#include "base/strings.h"
#include "ir/attribute_text.h"
#include "ir/constant_text.h"
#include "ir/graph.h"

namespace mindird::ir {
namespace {

constexpr int64_t kInlineElements = 8;

class Printer {
 public:
  Printer(const Graph& graph, const PrintOptions& options) : graph_(graph), options_(options), done_(graph.value_count(), false) {}

  std::string run() && {
    header();
    for (NodeId n : graph_.topological_order()) node(n);
    for (ValueId v : graph_.outputs()) constant(v);
    text_ += "}\n";
    return std::move(text_);
  }

 private:
  void header() {
    text_ += str("graph ", graph_.name, "(");
    for (size_t i = 0; i < graph_.inputs().size(); ++i) {
      const Value& v = graph_.value(graph_.inputs()[i]);
      text_ += str(i ? ", " : "", v.name, ": ", v.type.text());
    }
    text_ += ") -> (";
    for (size_t i = 0; i < graph_.outputs().size(); ++i) text_ += str(i ? ", " : "", graph_.value(graph_.outputs()[i]).name);
    text_ += ") {\n";
  }

  void constant(ValueId id) {
    const Value& v = graph_.value(id);
    if (!v.constant || done_[id]) return;
    done_[id] = true;
    text_ += str("  ", v.name, " = const ", v.type.text());
    if (options_.constant_values || v.type.shape.elements() <= kInlineElements) {
      text_ += " = " + constant_values_text(*v.constant);
    } else {
      text_ += " @" + v.constant->hash().hex();
    }
    text_ += '\n';
  }

  void node(NodeId id) {
    const Node& n = graph_.node(id);
    for (ValueId v : n.inputs) constant(v);
    for (const GraphPtr& body : n.op->bodies()) nested(*body);
    text_ += "  ";
    for (size_t i = 0; i < n.outputs.size(); ++i) text_ += str(i ? ", " : "", graph_.value(n.outputs[i]).name);
    text_ += str(" = ", n.op->id(), "(");
    for (size_t i = 0; i < n.inputs.size(); ++i) text_ += str(i ? ", " : "", graph_.value(n.inputs[i]).name);
    text_ += ')';
    const std::string attributes = attribute_text(*n.op);
    if (!attributes.empty()) text_ += " " + attributes;
    text_ += " : ";
    for (size_t i = 0; i < n.outputs.size(); ++i) text_ += str(i ? ", " : "", graph_.type(n.outputs[i]).text());
    if (options_.origins && !n.origin.empty()) text_ += str("  # ", n.origin);
    text_ += '\n';
  }

  void nested(const Graph& body) {
    const std::string all = Printer(body, options_).run();
    for (std::string_view text = all; !text.empty(); text.remove_prefix(text.find('\n') + 1)) text_ += str("  ", text.substr(0, text.find('\n') + 1));
  }

  const Graph& graph_;
  const PrintOptions& options_;
  std::vector<bool> done_;
  std::string text_;
};

}  // namespace

std::string print(const Graph& graph, const PrintOptions& options) { return Printer(graph, options).run(); }

}  // namespace mindird::ir
