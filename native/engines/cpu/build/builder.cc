#include "engines/cpu/build/builder.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

namespace mindird::engines::cpu {
namespace {

std::map<std::string_view, Builder>& table() {
  static std::map<std::string_view, Builder> builders;
  return builders;
}

}  // namespace

bool add_builder(std::string_view id, const Builder& builder) {
  if (!table().emplace(id, builder).second) {
    std::fprintf(stderr, "cpu: two builders for %s\n", std::string(id).c_str());
    std::abort();
  }
  return true;
}

const Builder* find_builder(std::string_view id) {
  const auto it = table().find(id);
  return it == table().end() ? nullptr : &it->second;
}

Verdict builder_verdict(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  for (const auto* values : {&node.inputs, &node.outputs}) {
    for (ir::ValueId v : *values) {
      const Shape& shape = graph.type(v).shape;
      if (!shape.known()) return Verdict::refuse("sizes known only at run time");
      if (shape.elements() == 0) return Verdict::refuse("an empty tensor");
    }
  }
  const Builder* builder = find_builder(node.op->id());
  if (!builder) return Verdict::refuse("no kernel for this operator");
  return builder->supports(graph, id);
}

bool all_f32(const ir::Graph& graph, ir::NodeId id) {
  const auto f32 = [&](ir::ValueId v) { return graph.type(v).dtype == DType::kF32; };
  const ir::Node& node = graph.node(id);
  return std::all_of(node.inputs.begin(), node.inputs.end(), f32) && std::all_of(node.outputs.begin(), node.outputs.end(), f32);
}

}  // namespace mindird::engines::cpu
