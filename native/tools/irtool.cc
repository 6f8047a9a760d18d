// irtool: MindIR files on the command line, without server and engines.
//
//   irtool file FILE                  the file's nodes as they are
//   irtool import FILE [SHAPE…]       the graph of core operators; a SHAPE like 1,3,32,32 for each input of a dynamic
//   model irtool structure FILE [SHAPE…]    the same without weights, compound operators recognised: for measuring
//   latency elsewhere (ir/structure.h) irtool cases FOLDER [NAME…]       evaluates reference cases and compares them
//   with MindSpore's outputs irtool primitives                 names of all MindIR primitives that can be lowered
#include <array>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <sstream>
#include <string>

#include "base/strings.h"
#include "ir/structure.h"
#include "mindir/module.h"
#include "mindir/primitives/primitive.h"
#include "passes/passes.h"
#include "passes/pipeline.h"
#include "test/mindir_cases.h"

namespace mindird {
namespace {

using Arguments = std::span<char* const>;

int report(const Status& status) {
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s: %s\n", std::string(code_name(status.code())).c_str(), status.message().c_str());
  return 1;
}

Result<Shape> parse_shape(const std::string& text) {
  std::vector<int64_t> dims;
  std::istringstream list(text);
  for (std::string part; std::getline(list, part, ',');) {
    char* end = nullptr;
    dims.push_back(std::strtoll(part.c_str(), &end, 10));
    if (end == part.c_str() || *end != '\0') return invalid_argument(str("shape \"", text, "\": want numbers like 1,3,32,32"));
  }
  return Shape(std::move(dims));
}

Status list_file(const std::string& path) {
  TRY_ASSIGN(const auto module, mindir::read(path));
  std::fputs(module->text().c_str(), stdout);
  return {};
}

Result<ir::Graph> lower_file(const std::string& path, Arguments given) {
  TRY_ASSIGN(const auto module, mindir::read(path));
  std::vector<Shape> shapes;
  for (const char* text : given) {
    TRY_ASSIGN(Shape shape, parse_shape(text));
    shapes.push_back(std::move(shape));
  }
  if (given.empty()) {
    for (const auto& input : module->inputs()) shapes.push_back(input.type.shape);
  }
  TRY_ASSIGN(ir::Graph graph, module->lower(shapes));
  TRY(graph.verify());
  return graph;
}

Status import_file(const std::string& path, Arguments given) {
  TRY_ASSIGN(const ir::Graph graph, lower_file(path, given));
  std::fputs(ir::print(graph).c_str(), stdout);
  return {};
}

/// As a person would write the network down for another framework: compound operators whole, nothing folded into
/// weights.
Status print_structure(const std::string& path, Arguments given) {
  constexpr std::array kRecognise = {
      passes::Pass{"recognise_attention", passes::recognise_attention},
      passes::Pass{"recognise_layer_norm", passes::recognise_layer_norm},
      passes::Pass{"recognise_gelu", passes::recognise_gelu},
      passes::Pass{"recognise_activation", passes::recognise_activation},
      passes::Pass{"fold_bias", passes::fold_bias},
      passes::Pass{"eliminate_dead", passes::eliminate_dead},
  };
  TRY_ASSIGN(ir::Graph graph, lower_file(path, given));
  passes::PassContext context;
  TRY(passes::run_stage(passes::stages()[0], graph, context).status());
  TRY(passes::run_stage({"recognise", kRecognise}, graph, context).status());
  TRY_ASSIGN(const std::string text, ir::structure_text(graph));
  std::fputs(text.c_str(), stdout);
  return {};
}

Status run_cases(const std::string& folder, Arguments names) {
  TRY_ASSIGN(const auto cases, test::read_index(folder));
  size_t run = 0;
  size_t matched = 0;
  for (const test::Case& test : cases) {
    bool wanted = names.empty();
    for (const char* name : names) wanted = wanted || test.name == name;
    if (!wanted) continue;
    ++run;
    const Status status = test::run_case(folder, test);
    if (status.ok()) {
      ++matched;
    } else {
      std::printf("%s: %s: %s\n", test.name.c_str(), std::string(code_name(status.code())).c_str(), status.message().c_str());
    }
  }
  std::printf("%zu of %zu cases match\n", matched, run);
  return {};
}

int run(Arguments args) {
  const std::string command = args.empty() ? "" : args[0];
  if (command == "file" && args.size() == 2) return report(list_file(args[1]));
  if (command == "import" && args.size() >= 2) return report(import_file(args[1], args.subspan(2)));
  if (command == "structure" && args.size() >= 2) return report(print_structure(args[1], args.subspan(2)));
  if (command == "cases" && args.size() >= 2) return report(run_cases(args[1], args.subspan(2)));
  if (command == "primitives" && args.size() == 1) {
    for (const std::string_view name : mindir::PrimitiveRegistry::instance().names()) std::printf("%s\n", std::string(name).c_str());
    return 0;
  }
  std::fputs("usage: irtool file FILE | import FILE [SHAPE…] | structure FILE [SHAPE…] | cases FOLDER [NAME…] | primitives\n", stderr);
  return 2;
}

}  // namespace
}  // namespace mindird

int main(int argc, char** argv) { return mindird::run(std::span(argv + 1, static_cast<size_t>(argc > 0 ? argc - 1 : 0))); }
