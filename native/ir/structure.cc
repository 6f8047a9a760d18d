#include "ir/structure.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <unordered_map>

#include "base/strings.h"
#include "ir/constant_text.h"

namespace mindird::ir {
namespace {

constexpr std::string_view kConst = " = const ";
constexpr std::string_view kRange = " @uniform(";
/// More integers than this in one constant are taken for data, not structure.
constexpr int64_t kMostIntegers = 4096;

struct Range {
  double low = 0;
  double high = 0;
};

/// A uniform distribution of the same mean and deviation, cut off where the values end: variances stay positive.
Range range_of(std::span<const float> values) {
  double sum = 0;
  double squares = 0;
  for (const float v : values) sum += static_cast<double>(v);
  const double mean = sum / static_cast<double>(values.size());
  for (const float v : values) squares += (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean);
  const double reach = std::sqrt(3 * squares / static_cast<double>(values.size()));
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return {std::max(mean - reach, static_cast<double>(*least)), std::min(mean + reach, static_cast<double>(*most))};
}

std::string number(double value) {
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 9);
  return {text.data(), end.ptr};
}

Result<std::string> constant_text(const Constant& constant) {
  if (constant.type().dtype == DType::kF32) {
    const Range range = range_of(constant.as<float>());
    return str(kRange, number(range.low), ',', number(range.high), ')');
  }
  if (is_floating(constant.type().dtype) || constant.type().shape.elements() > kMostIntegers)
    return unsupported(str("a large constant of type ", constant.type().text()));
  return " = " + constant_values_text(constant);
}

uint64_t seed_of(std::string_view name) {
  uint64_t hash = 14695981039346656037U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

uint64_t mixed(uint64_t z) {
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

Result<ConstantPtr> make_values(const TensorType& type, std::string_view name, Range range) {
  if (type.dtype != DType::kF32) return invalid_argument(str(name, ": a range of type ", type.text(), ", want f32"));
  TRY_ASSIGN(Buffer buffer, Buffer::allocate(type.bytes()));
  const auto values = Tensor{type, buffer.data()}.as<float>();
  uint64_t state = seed_of(name);
  for (float& value : values) {
    state += 0x9E3779B97F4A7C15U;
    const double u = static_cast<double>(mixed(state) >> 40U) * 0x1p-24;
    value = static_cast<float>(range.low + (range.high - range.low) * u);
  }
  return std::make_shared<const Constant>(type, std::move(buffer));
}

Result<Range> parse_range(std::string_view text) {
  Range out;
  const char* const end = text.data() + text.size();
  const auto low = std::from_chars(text.data(), end, out.low);
  if (low.ec != std::errc() || low.ptr == end || *low.ptr != ',') return invalid_argument("want @uniform(LOW,HIGH)");
  const auto high = std::from_chars(low.ptr + 1, end, out.high);
  if (high.ec != std::errc() || std::string_view(high.ptr, end) != ")" || !(out.low <= out.high)) return invalid_argument("want @uniform(LOW,HIGH)");
  return out;
}

/// Puts zeros in place of the ranges, which the graph parser does not know, and keeps the ranges by name.
Result<std::string> without_ranges(std::string_view text, std::unordered_map<std::string, Range>& ranges) {
  std::string out;
  for (size_t line_number = 1; !text.empty(); ++line_number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const size_t name_end = line.find(kConst);
    const size_t mark = line.find(kRange);
    if (name_end != std::string_view::npos && mark != std::string_view::npos && mark > name_end) {
      auto range = parse_range(line.substr(mark + kRange.size()));
      if (!range.ok()) return std::move(range).status().with(str("line ", line_number));
      const size_t name = line.find_first_not_of(' ');
      ranges[std::string(line.substr(name, name_end - name))] = *range;
      out += str(line.substr(0, mark), " = {0 ...}\n");
    } else {
      out += str(line, '\n');
    }
  }
  return out;
}

}  // namespace

Result<std::string> structure_text(const Graph& graph) {
  for (NodeId n : graph.topological_order()) {
    const Node& node = graph.node(n);
    if (!node.op->bodies().empty()) return unsupported(str("node \"", node.origin, "\" (", node.op->id(), "): graphs inside of a graph"));
  }
  std::map<std::string, ValueId, std::less<>> constants;
  for (ValueId v = 0; v < graph.value_count(); ++v) {
    if (graph.value(v).alive && graph.is_constant(v)) constants[graph.value(v).name] = v;
  }
  const std::string all = print(graph, {.constant_values = false, .origins = false});
  std::string out;
  std::string_view text = all;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const size_t name_end = line.find(kConst);
    const size_t mark = line.find(" @");
    if (name_end == std::string_view::npos || mark == std::string_view::npos) {
      out += str(line, '\n');
      continue;
    }
    const size_t name = line.find_first_not_of(' ');
    TRY_ASSIGN(const std::string values, constant_text(*graph.value(constants.at(std::string(line.substr(name, name_end - name)))).constant));
    out += str(line.substr(0, mark), values, '\n');
  }
  return out;
}

Result<Graph> read_structure(std::string_view text) {
  std::unordered_map<std::string, Range> ranges;
  TRY_ASSIGN(const std::string plain, without_ranges(text, ranges));
  TRY_ASSIGN(Graph graph, parse(plain));
  const size_t values = graph.value_count();
  for (ValueId v = 0; v < values; ++v) {
    const auto range = ranges.find(graph.value(v).name);
    if (range == ranges.end() || !graph.is_constant(v)) continue;
    const std::string name = graph.value(v).name;
    TRY_ASSIGN(ConstantPtr constant, make_values(graph.type(v), name, range->second));
    graph.rename_value(v, name + ".zeros");
    graph.replace_value(v, graph.add_constant(std::move(constant), name));
  }
  graph.erase_dead();
  TRY(graph.verify());
  return graph;
}

}  // namespace mindird::ir
