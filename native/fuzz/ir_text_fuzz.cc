// The text form of graphs: what is parsed holds together, and printed it is parsed to the same.
#include <string_view>

#include "fuzz/bounds.h"
#include "ir/graph.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mindird;
  const fuzz::TimeBound bound;
  const auto graph = ir::parse({reinterpret_cast<const char*>(data), size});
  if (!graph.ok()) {
    if (graph.status().message().empty() || graph.status().code() == Code::kInternal) __builtin_trap();
    return 0;
  }
  if (!graph.value().verify().ok()) __builtin_trap();
  ir::PrintOptions whole;
  whole.constant_values = true;
  const auto again = ir::parse(ir::print(graph.value(), whole));
  if (!again.ok() || !(ir::hash(again.value()) == ir::hash(graph.value()))) __builtin_trap();
  return 0;
}
