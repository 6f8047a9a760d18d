// The readable listing of a program for `inspect --stage file`.
#include "base/strings.h"
#include "mindir/program.h"

namespace mindird::mindir {
namespace {

/// Longest tuple written out.
constexpr size_t kListed = 16;

std::string item_text(const Item& item) {
  if (const auto integers = integers_of(item); integers && integers->size() <= kListed) {
    const std::string list = list_text<int64_t>(*integers);
    if (const auto* constant = item.as<ConstantPtr>()) return str((*constant)->type().text(), " ", list);
    return item.tuple() ? list : list.substr(1, list.size() - 2);
  }
  if (const auto* constant = item.as<ConstantPtr>()) return (*constant)->type().text();
  if (const auto* number = item.as<double>()) return std::to_string(*number);
  if (const auto* closure = item.as<Closure>()) return str("function ", closure->function);
  return item.text();
}

std::string step_text(const Program& program, const Step& step) {
  const Primitive& primitive = program.primitives[step.primitive];
  std::string line = str("  ", program.slots[step.result].name, " = ", primitive.op, "(");
  for (size_t i = 0; i < step.inputs.size(); ++i) {
    const Slot& slot = program.slots[step.inputs[i]];
    const bool inline_value = !slot.initial.is_none() && !slot.initial.as<ConstantPtr>();
    line += str(i ? ", " : "", inline_value ? item_text(slot.initial) : slot.name);
  }
  line += ")";
  for (size_t i = 0; i < primitive.attributes.size(); ++i) {
    const auto& [name, value] = primitive.attributes[i];
    line += str(i ? ", " : " {", name, "=", item_text(value), i + 1 == primitive.attributes.size() ? "}" : "");
  }
  for (size_t i = 0; i < step.declared.size(); ++i) {
    const Leaf& leaf = step.declared[i];
    line += i ? ", " : " -> ";
    line += leaf.is_tensor && leaf.dtype ? str(dtype_name(*leaf.dtype), leaf.rank_known ? Shape(leaf.dims).text() : "[?]") : "scalar";
  }
  return line + str("  # ", step.scope, "\n");
}

std::string body_text(const Program& program) {
  std::string out;
  for (const Slot& slot : program.slots) {
    if (slot.initial.as<ConstantPtr>()) out += str("constant ", slot.name, ": ", item_text(slot.initial), "\n");
  }
  out += "nodes\n";
  for (const Step& step : program.steps) out += step_text(program, step);
  return out;
}

}  // namespace

std::string listing(const Program& program) {
  std::string out = program.header;
  for (const Declared& input : program.inputs) {
    out += str("input ", input.name, ": ", dtype_name(input.type.dtype), input.rank_known ? input.type.shape.text() : "[?]", "\n");
  }
  out += body_text(program);
  out += str("output ", program.slots[program.output].name, " (", program.output_count, " tensors)\n");
  for (size_t f = 0; f < program.functions.size(); ++f) {
    const Program& function = program.functions[f];
    out += str("function ", f, " ", function.name, "(");
    for (size_t i = 0; i < function.input_slots.size(); ++i) out += str(i ? ", " : "", function.slots[function.input_slots[i]].name);
    out += str(")\n", body_text(function), "result ", function.slots[function.output].name, "\n");
  }
  return out;
}

}  // namespace mindird::mindir
