#include "ops/embedded/engine_node.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "ir/type_text.h"
#include "ops/support.h"

namespace mindird::ops {

void EngineNode::attributes(ir::AttributeVisitor& v) {
  v.field("operators", operators);
  v.field("engine_bytes", engine_bytes);
  v.field("precision", precision);
  v.field("engine", engine);
  v.field("body", body);
  v.field("inputs", inputs);
  v.field("outputs", outputs);
  v.field("made", made);
  v.field("profiles", profiles);
  v.field("rows", rows);
  v.field("alone", alone);
}

Status EngineNode::check_batches() const {
  constexpr size_t kMostProfiles = 1024;
  constexpr int64_t kMostRows = std::numeric_limits<int32_t>::max();
  if (profiles.empty()) return rows == 0 ? Status() : invalid_argument(str("is for a batch of ", rows, " and has no profiles"));
  if (profiles.size() > kMostProfiles) return invalid_argument(str("has ", profiles.size(), " profiles, want at most ", kMostProfiles));
  for (size_t i = 0; i < profiles.size(); ++i) {
    if (profiles[i] < 1 || profiles[i] > kMostRows) return invalid_argument(str("profile ", i, " is for a batch of ", profiles[i], ", want 1 to ", kMostRows));
    if (i > 0 && profiles[i] <= profiles[i - 1])
      return invalid_argument(str("profile ", i, " is for a batch of ", profiles[i], " after one of ", profiles[i - 1], ", want ascending ones"));
  }
  if (std::ranges::find(profiles, rows) == profiles.end())
    return invalid_argument(str("is for a batch of ", rows, ", want one of its profiles, ", batches_text(*this)));
  return {};
}

Result<ir::Types> EngineNode::infer(std::span<const TensorType> in) const {
  TRY(check_batches());
  if (operators < 0) return invalid_argument(str("is made of ", operators, " operators"));
  TRY_ASSIGN(const ir::Types wanted, ir::parse_types(inputs));
  TRY(expect_arity(in, wanted.size()));
  for (size_t i = 0; i < in.size(); ++i) {
    if (!(in[i] == wanted[i])) return invalid_argument(str("input ", i, " is ", in[i].text(), ", want ", wanted[i].text()));
    if (!in[i].shape.known()) return invalid_argument(str("input type ", in[i].text(), ", want sizes that are known"));
  }
  TRY_ASSIGN(ir::Types out, ir::parse_types(outputs));
  if (out.empty()) return invalid_argument("the node has no outputs");
  for (const TensorType& type : out) {
    if (!type.shape.known() || !type.checked_bytes()) return invalid_argument(str("output type ", type.text(), ", want sizes that are known"));
  }
  return out;
}

Status EngineNode::evaluate(const ir::EvalArgs& args) const {
  if (!parts) return unsupported("the node carries neither engine nor subgraph");
  TRY_ASSIGN(const auto graph, parts->body());
  TRY_ASSIGN(const auto results, ir::evaluate(*graph, args.inputs));
  for (size_t i = 0; i < results.size(); ++i) {
    const Tensor& result = results[i].tensor;
    if (!(result.type == args.outputs[i].type)) return internal_error(str("output ", i, " is ", result.type.text(), ", want ", args.outputs[i].type.text()));
    if (result.bytes() > 0) std::memcpy(args.outputs[i].data, result.data, result.bytes());
  }
  return {};
}

namespace {

constexpr std::string_view kHex = "0123456789abcdef";

bool is_safe(char c) { return std::string_view("\"[]{}\\").find(c) == std::string_view::npos && static_cast<unsigned char>(c) >= 0x20; }

}  // namespace

std::string attribute_safe(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](char c) { return !is_safe(c); }, '_');
  return out;
}

std::string attribute_escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_safe(c) && c != '%') {
      out += c;
    } else {
      out += str('%', kHex[byte >> 4U], kHex[byte & 15U]);
    }
  }
  return out;
}

std::string attribute_unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t high = text[i] == '%' && i + 2 < text.size() ? kHex.find(text[i + 1]) : std::string_view::npos;
    const size_t low = high != std::string_view::npos ? kHex.find(text[i + 2]) : std::string_view::npos;
    out += low == std::string_view::npos ? text[i] : static_cast<char>(high * 16 + low);
    if (low != std::string_view::npos) i += 2;
  }
  return out;
}

std::string batches_text(const EngineNode& node) {
  if (!node.alone.empty()) return str("for this batch size alone: ", attribute_unescaped(node.alone));
  std::string out;
  for (int64_t rows : node.profiles) out += str(out.empty() ? "for batches " : ", ", rows);
  return out;
}

const EngineNode* only_engine_node(const ir::Graph& graph) {
  if (graph.living_nodes() != 1) return nullptr;
  const ir::Node& node = graph.node(graph.topological_order()[0]);
  const auto* op = ir::op_cast<EngineNode>(*node.op);
  const bool whole = op && std::ranges::equal(node.inputs, graph.inputs()) && std::ranges::equal(node.outputs, graph.outputs());
  return whole ? op : nullptr;
}

REGISTER_OP(EngineNode);

}  // namespace mindird::ops
