#include "mindir/module.h"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "base/strings.h"
#include "mindir/lowering.h"
#include "mindir/module_constants.h"
#include "mindir/primitives/primitive.h"
#include "mindir/primitives/refused.h"
#include "mindir/plugin_map.h"
#include "mindir/program.h"

namespace mindird::mindir {
namespace {

/// Memory for structures decoded from a file, on top of the file itself and its constants.
constexpr size_t kSpareBudget = size_t{40} << 20U;

class FileModule final : public Module {
 public:
  FileModule(std::string file, Program program, bool encrypted) : file_(std::move(file)), program_(std::move(program)), encrypted_(encrypted) {}

  std::span<const Declared> inputs() const override { return program_.inputs; }
  size_t output_count() const override { return program_.output_count; }
  bool fixed_shapes() const override {
    return std::all_of(program_.inputs.begin(), program_.inputs.end(), [](const Declared& input) { return input.rank_known && input.type.shape.known(); });
  }
  bool encrypted() const override { return encrypted_; }
  size_t constant_bytes() const override { return program_.constant_bytes; }
  std::string text() const override { return listing(program_); }
  std::span<const std::string> notes() const override { return program_.notes; }
  const Program& program() const { return program_; }
  Result<ir::Graph> lower(std::span<const Shape> input_shapes) const override {
    TRY_ASSIGN(ir::Graph graph, Lowering(program_).run(input_shapes).with(file_));
    graph.name = std::filesystem::path(file_).stem().string();
    return graph;
  }

 private:
  std::string file_;
  Program program_;
  bool encrypted_;
};

using Seen = std::function<void(const Constant&)>;

void each_constant(const Item& item, const Seen& seen) {
  if (const auto* constant = item.as<ConstantPtr>()) seen(**constant);
  const Items* members = item.tuple();
  if (const auto* closure = item.as<Closure>()) members = closure->arguments.get();
  if (const auto* choice = item.as<Choice>()) members = choice->options.get();
  if (!members) return;
  for (const Item& member : *members) each_constant(member, seen);
}

void each_constant(const Program& program, const Seen& seen) {
  for (const Slot& slot : program.slots) each_constant(slot.initial, seen);
  for (const Primitive& primitive : program.primitives) {
    for (const auto& [name, value] : primitive.attributes) each_constant(value, seen);
  }
  for (const Program& function : program.functions) each_constant(function, seen);
}

/// Names the first node whose primitive has no lowering, and the other missing operators.
Status check_primitives(const Program& main) {
  std::string first;
  std::vector<std::string_view> missing;
  const auto look = [&](const Program& program) {
    for (const Step& step : program.steps) {
      const std::string_view op = program.primitives[step.primitive].op;
      if (step.is_call || PrimitiveRegistry::instance().find(op) || plugin_for(op)) continue;
      if (missing.empty()) first = place_of(program, step);
      if (missing.size() <= 8 && std::find(missing.begin(), missing.end(), op) == missing.end()) missing.push_back(op);
    }
  };
  look(main);
  for (const Program& function : main.functions) look(function);
  if (missing.empty()) return {};
  std::string more;
  for (size_t i = 1; i < missing.size(); ++i) more += str(i > 1 ? ", " : "; also not supported here: ", missing[i].substr(0, 64));
  return unsupported(str(first, ": ", missing_primitive(missing[0]), more));
}

/// Up to 1.3 an input of rank 0 is declared as [1], like one of a single element; the types inside the file tell them apart where it matters.
void settle_scalar_inputs(Program& program) {
  if (!program.version.before(1, 4)) return;
  std::vector<Shape> declared;
  std::vector<Shape> scalar;
  for (const Declared& input : program.inputs) {
    declared.push_back(input.type.shape);
    scalar.push_back(input.type.shape == Shape({1}) ? Shape() : input.type.shape);
  }
  const bool known = std::all_of(declared.begin(), declared.end(), [](const Shape& shape) { return shape.known(); });
  if (!known || scalar == declared || Lowering(program).run(declared).ok()) return;
  Program other = program;
  for (size_t i = 0; i < scalar.size(); ++i) other.inputs[i].type.shape = scalar[i];
  if (Lowering(other).run(scalar).ok()) program = std::move(other);
}

}  // namespace

bool each_constant(const Module& module, const Seen& seen) {
  const auto* file = dynamic_cast<const FileModule*>(&module);
  if (file) each_constant(file->program(), seen);
  return file != nullptr;
}

Result<Program> read_program(const std::string& path, Decryptor& decryptor, StatePolicy state) {
  TRY_ASSIGN(const auto file, decryptor.open_model(path));
  ExternalFiles external(path, decryptor);
  WireContext context(file->bytes(), kSpareBudget + file->bytes().size() / 2);
  TRY_ASSIGN(const ModelView model, decode(context));
  TRY(check_pure(model, context));
  ConstantStore constants(*file, external);
  TRY_ASSIGN(Program program, make_program(model, context, constants, state));
  TRY(check_primitives(program));
  settle_scalar_inputs(program);
  return program;
}

Result<std::shared_ptr<const Module>> read(const std::string& path, const ReadOptions& options) {
  const std::string name = std::filesystem::path(path).filename().string();
  Decryptor decryptor(options.key);
  TRY_ASSIGN(Program program, read_program(path, decryptor, options.state).with(name));
  return std::shared_ptr<const Module>(std::make_shared<const FileModule>(name, std::move(program), decryptor.encrypted()));
}

}  // namespace mindird::mindir
