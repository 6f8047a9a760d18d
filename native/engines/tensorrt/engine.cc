// The TensorRT engine and the one function this module exports.
#include <cstdio>
#include <cstring>

#include "base/guard.h"
#include "base/strings.h"
#include "engines/traits.h"
#include "engines/tensorrt/build.h"
#include "engines/tensorrt/builders.h"
#include "engines/tensorrt/executable.h"
#include "engines/tensorrt/plan_file.h"
#include "engines/tensorrt/plugins.h"
#include "ops/embedded/engine_node.h"

namespace mindird::engines::tensorrt {
namespace {

/// Changes whenever the builders make other networks of the same graphs.
constexpr int kFormat = 3;

/// An engine needs its plugins wherever it runs, so a plan made with others is not used. Folders do not count.
std::string plugin_names(const std::vector<std::string>& libraries) {
  std::string out;
  for (const std::string& library : libraries) out += str(out.empty() ? "" : ", ", library.substr(library.find_last_of('/') + 1));
  return out.empty() ? "none" : out;
}

class TensorrtEngine final : public Engine, public EngineTraits {
 public:
  explicit TensorrtEngine(std::shared_ptr<const Library> library) : library_(std::move(library)) {}

  std::string_view id() const override { return "tensorrt"; }
  std::string version() const override { return str("TensorRT ", library_->version_text()); }
  std::string device() const override { return library_->device.name; }
  std::string fingerprint() const override {
    std::string out = str("networks=", kFormat);
    for (const auto& [name, value] : traits()) out += str("; ", name, '=', value);
    // No trait of a plan: one that was built at another level runs here as well.
    return str(out, "; optimization level=", library_->settings.optimization_level);
  }
  bool builds_slowly() const override { return true; }
  bool uses_host_threads() const override { return false; }
  bool embeds() const override { return true; }
  bool wants_half_borders() const override { return true; }
  Verdict takes_types_of(Precision precision) const override {
    const Device& d = library_->device;
    if (precision != Precision::kBf16 || d.major >= 8) return Verdict::accept();
    return Verdict::refuse(str("bf16 wants a device of compute capability 8.0, this one has ", d.major, '.', d.minor));
  }
  /// TensorRT has fp16 kernels for first convolutions of three channels. With the 8 digits of bf16 the sums are the question, not the speed.
  bool convolves_images_in(Precision precision) const override { return precision == Precision::kFp16; }
  Verdict supports(const ir::Graph& graph, ir::NodeId node) const override {
    if (const auto* embedded = ir::op_cast<ops::EngineNode>(*graph.node(node).op)) return embedded_verdict(*embedded);
    return builder_verdict(graph, node);
  }
  bool uses_profiles() const override { return true; }

  Result<std::unique_ptr<Executable>> build(ir::Graph subgraph, const BuildOptions& options) const override {
    std::vector<std::byte> plan;
    {
      TRY_ASSIGN(const BuiltEngine built, build_engine(*library_, subgraph, options));
      plan = write_plan(traits(), built.bytes, built.notes);
    }
    TRY_ASSIGN(const std::span<const std::byte> engine, read_plan(traits(), plan, Content::kChecked));
    return load_executable(library_, subgraph, options, {plan, engine, {}});
  }

  Result<std::unique_ptr<Executable>> load(ir::Graph subgraph, std::span<const std::byte> bytes, const BuildOptions& options) const override {
    // What a node carries has been compared with the node's hash when it was handed out.
    const ops::EngineNode* node = ops::only_engine_node(subgraph);
    TRY_ASSIGN(const std::span<const std::byte> engine, read_plan(traits(), bytes, node ? Content::kChecked : Content::kUnchecked));
    return load_executable(library_, subgraph, options, {bytes, engine, node ? node->engine : ""});
  }

 private:
  /// Whether the engine a node carries was made for this library and device; nothing is deserialised.
  Verdict embedded_verdict(const ops::EngineNode& node) const {
    if (!node.parts) return Verdict::refuse("the node carries no engine");
    const auto bytes = node.parts->engine();
    if (!bytes.ok()) return Verdict::refuse(bytes.status().message());
    const auto plan = read_plan(traits(), *bytes, Content::kChecked);
    return plan.ok() ? Verdict::accept() : Verdict::refuse(plan.status().message());
  }

  PlanTraits traits() const {
    const Device& d = library_->device;
    return {{"TensorRT", library_->version_text()},
            {"device", d.name},
            {"compute capability", str(d.major, '.', d.minor)},
            {"driver", str(d.driver)},
            {"TF32", library_->settings.tf32 ? "on" : "off"},
            {"plugins", plugin_names(library_->settings.plugins)}};
  }

  std::shared_ptr<const Library> library_;
};

Result<Engine*> open(const ModuleArgs& args) {
  if (std::strcmp(args.abi, kAbi) != 0) return unsupported(str("the module was built as ", kAbi, ", the server as ", args.abi));
  if (args.version / 10000 != NV_TENSORRT_MAJOR) return unsupported(str("the module is for TensorRT ", NV_TENSORRT_MAJOR, ", the library is ", args.version));
  auto library = std::make_shared<Library>(args);
  TRY(open_library(args, *library));
  set_library_version(args.version);
  load_plugins(args, library->settings.plugins);
  return static_cast<Engine*>(new TensorrtEngine(std::move(library)));
}

}  // namespace
}  // namespace mindird::engines::tensorrt

extern "C" __attribute__((visibility("default"))) mindird::engines::Engine* mindird_tensorrt_open(const mindird::engines::tensorrt::ModuleArgs* args, char* why,
                                                                                                  size_t size) {
  const auto engine = mindird::guarded([&] { return mindird::engines::tensorrt::open(*args); });
  if (engine.ok()) return *engine;
  std::snprintf(why, size, "%s", engine.status().message().c_str());
  return nullptr;
}
