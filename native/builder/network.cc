#include "builder/network.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "base/stopwatch.h"
#include "base/strings.h"
#include "engines/registry.h"
#include "engines/tensorrt/loader/loader.h"
#include "ir/structure.h"
#include "mindir/module.h"
#include "tensor/half_copy.h"

namespace mindird::builder {
namespace {

using Json = nlohmann::ordered_json;

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status(Code::kNotFound, str(path, ": cannot be read"));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Result<ir::Graph> read_network(const std::string& path) {
  if (path.ends_with(".mindir")) {
    TRY_ASSIGN(const auto module, mindir::read(path));
    if (!module->fixed_shapes()) return unsupported(str(path, ": has inputs of unknown size"));
    std::vector<Shape> shapes;
    for (const auto& input : module->inputs()) shapes.push_back(input.type.shape);
    return module->lower(shapes);
  }
  TRY_ASSIGN(const std::string text, read_file(path));
  auto graph = ir::read_structure(text);
  if (!graph.ok()) return std::move(graph).status().with(path);
  return graph;
}

Result<std::vector<const engines::Engine*>> find_engines(const Options& options) {
  const auto& registry = engines::EngineRegistry::instance();
  const std::string name = options.get("engine", "tensorrt");
  const engines::Engine* reference = registry.find("reference");
  if (name == "reference") return std::vector{reference};
  if (name != "tensorrt") return invalid_argument(str("--engine is ", name, ", want tensorrt or reference"));
  engines::tensorrt::LoaderOptions loader;
  loader.library_path = options.get("library");
  loader.module_folder = options.get("modules");
  loader.settings.tf32 = options.has("tf32");
  engines::tensorrt::allow_graphs(!options.has("no-graphs"));
  loader.watch_graphs = true;
  loader.verbose = options.has("verbose");
  loader.in_process = loader.verbose || options.has("in-process");
  if (loader.verbose) loader.log = [](Level level, const char* message) { std::fprintf(stderr, "[%s] %s\n", level_name(level).data(), message); };
  const auto& found = engines::tensorrt::discover(loader);
  if (!found.available) {
    for (const std::string& place : found.tried) std::fprintf(stderr, "tried %s\n", place.c_str());
    return unsupported(str("tensorrt is not available: ", found.why));
  }
  return std::vector{registry.find("tensorrt"), reference};
}

Json inputs_text(const plan::ExecutionPlan& plan) {
  Json out = Json::array();
  for (const size_t slot : plan.inputs()) out.push_back(plan.slots()[slot].name + ": " + plan.slots()[slot].outside_type().text());
  return out;
}

/// How much of a plan runs on an engine.
void count_parts(const plan::Report& report, const std::string& engine, Json& facts) {
  int subgraphs = 0;
  int others = 0;
  for (const auto& partition : report.at("partitions")) subgraphs += partition.at("engine") == engine ? 1 : 0;
  for (const auto& node : report.at("nodes")) others += node.at("engine") == engine ? 0 : 1;
  facts["subgraphs"] = subgraphs;
  facts["other_nodes"] = others;
  facts["partitions"] = report.at("partitions");
  // Long, and no fact about the machine.
  for (auto& partition : facts["partitions"]) {
    for (const char* list : {"steps", "inputs", "outputs", "evaluated"}) partition.erase(list);
  }
}

}  // namespace

Status Network::allocate() {
  locked_ = engines::allocate_page_locked(plan_->arena_bytes());
  if (!locked_) {
    TRY_ASSIGN(arena_, Buffer::allocate(plan_->arena_bytes()));
  }
  TRY_ASSIGN(workspace_, Buffer::allocate(plan_->workspace_bytes()));
  return renew();
}

Status Network::renew() {
  context_.reset();
  TRY_ASSIGN(context_, plan_->context({locked_ ? locked_.get() : arena_.data(), plan_->arena_bytes()}, workspace_.span()));
  return fill();
}

Status Network::write_outputs(const std::string& path) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  for (size_t i = 0; i < context_->outputs().size(); ++i) {
    const Tensor& output = context_->outputs()[i];
    const std::span bytes = taken_[i].empty() ? std::span<const std::byte>(output.data, output.bytes()) : std::span<const std::byte>(taken_[i]);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  return file.flush() ? Status() : Status(Code::kInternal, str(path, ": cannot be written"));
}

std::vector<TensorType> Network::outside_types(std::span<const size_t> slots) const {
  std::vector<TensorType> out;
  for (const size_t slot : slots) out.push_back(plan_->slots()[slot].outside_type());
  return out;
}

Status Network::run() {
  for (size_t i = 0; i < given_.size(); ++i) {
    const Tensor& input = context_->inputs()[i];
    if (!given_[i].empty()) copy_as_half(given_[i].data(), input.data, static_cast<size_t>(input.elements()));
  }
  TRY(context_->run());
  for (size_t i = 0; i < taken_.size(); ++i) {
    const Tensor& output = context_->outputs()[i];
    if (!taken_[i].empty()) copy_as_float(output.data, taken_[i].data(), static_cast<size_t>(output.elements()));
  }
  return {};
}

Status Network::fill() {
  const std::string& file = inputs_file_;
  std::string bytes;
  if (!file.empty()) {
    TRY_ASSIGN(bytes, read_file(file));
  }
  size_t at = 0;
  std::mt19937 random(1);
  const std::vector<TensorType> types = outside_types(plan_->inputs());
  given_.assign(types.size(), {});
  for (size_t i = 0; i < types.size(); ++i) {
    Tensor input{types[i], context_->inputs()[i].data};
    if (types[i] != context_->inputs()[i].type) {
      given_[i].resize(types[i].bytes());
      input.data = given_[i].data();
    }
    if (!file.empty()) {
      if (bytes.size() - at < input.bytes()) return invalid_argument(str(file, ": has ", bytes.size(), " bytes, too few for the inputs"));
      std::memcpy(input.data, bytes.data() + at, input.bytes());
      at += input.bytes();
    } else if (input.dtype() == DType::kF32) {
      for (float& v : input.as<float>()) v = std::uniform_real_distribution<float>(-1, 1)(random);
    } else {
      std::memset(input.data, 0, input.bytes());
    }
  }
  const std::vector<TensorType> outputs = output_types();
  taken_.assign(outputs.size(), {});
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i] != context_->outputs()[i].type) taken_[i].resize(outputs[i].bytes());
  }
  return at == bytes.size() ? Status() : invalid_argument(str(file, ": has ", bytes.size(), " bytes, the inputs have ", at));
}

Result<Network> open_network(const Options& options) {
  if (options.words().size() != 1) return invalid_argument(str(options.words().size(), " networks, want one"));
  const std::string& path = options.words().front();
  const auto precision = engines::parse_precision(options.get("precision", "origin"));
  if (!precision) return invalid_argument(str("--precision is ", options.get("precision"), ", want origin, fp32, fp16 or bf16"));
  TRY_ASSIGN(const auto engines, find_engines(options));
  TRY_ASSIGN(ir::Graph graph, read_network(path));

  plan::CompileOptions compile;
  compile.engines = engines;
  compile.build.precision = *precision;
  compile.narrow_borders = true;
  // Runs follow one another on the same inputs.
  compile.keep_inputs = true;
  const engines::EngineCache cache(options.get("cache"));
  if (options.has("cache")) {
    compile.cache = &cache;
    compile.build.keep_folder = options.get("cache");
  }
  Network out;
  plan::Report report;
  Stopwatch watch;
  TRY_ASSIGN(out.plan_, plan::compile(std::move(graph), compile, report));
  const auto taken = static_cast<double>(watch.lap()) / 1e6;
  out.inputs_file_ = options.get("inputs");
  TRY(out.allocate());

  const engines::Engine& first = *engines.front();
  out.facts_ = {{"network", path},
                {"engine", first.id()},
                {"version", first.version()},
                {"device", first.device()},
                {"precision", engines::precision_name(*precision)},
                {"tf32", options.has("tf32")},
                {"inputs", inputs_text(*out.plan_)},
                {"compile_s", taken}};
  count_parts(report, std::string(first.id()), out.facts_);
  return out;
}

int finish(const Status& status, const char* command, const char* options) {
  if (status.ok()) return 0;
  if (status.code() == Code::kInvalidArgument) std::fprintf(stderr, "usage: mindird-builder %s NETWORK [options]\n%s%s", command, kNetworkHelp, options);
  std::fprintf(stderr, "error: %s\n", status.message().c_str());
  return 1;
}

}  // namespace mindird::builder
