#include "support.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "engines/registry.h"

namespace mindird::test {
namespace {

constexpr const char* kGood = "devices=1,init=0,memory=17179869184,fail_alloc=0,fail_launch=0,fail_kernel=0,lost=0,kernel_us=0,enqueue_us=0,capture=1";

[[noreturn]] void give_up(const char* what, const char* why) {
  std::fprintf(stderr, "%s: %s\n", what, why);
  std::abort();
}

/// Opened first, so that every later dlopen of libcuda.so.1 finds it, whatever this machine has.
void* cuda() {
  static void* const library = [] {
    void* opened = dlopen(MINDIRD_FAKE_GPU "/libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
    if (!opened) give_up("test libcuda", dlerror());
    return opened;
  }();
  return library;
}

template <class F>
F cuda_function(const char* name) {
  void* const found = dlsym(cuda(), name);
  if (!found) give_up(name, "not in the test libcuda");
  return reinterpret_cast<F>(found);
}

Result<std::vector<ir::OwnedTensor>> copy_outputs(plan::PlanContext& context) {
  std::vector<ir::OwnedTensor> out;
  for (const Tensor& tensor : context.outputs()) {
    TRY_ASSIGN(Buffer buffer, Buffer::allocate(tensor.bytes()));
    auto owned = std::make_shared<Buffer>(std::move(buffer));
    if (tensor.bytes() > 0) std::memcpy(owned->data(), tensor.data, tensor.bytes());
    out.push_back({{tensor.type, owned->data()}, owned});
  }
  return out;
}

engines::tensorrt::LoaderOptions loader_options() {
  engines::tensorrt::LoaderOptions out;
  out.cuda_library = MINDIRD_FAKE_GPU "/libcuda.so.1";
  out.library_path = MINDIRD_FAKE_GPU;
  out.module_folder = MINDIRD_TRT_MODULES;
  out.settings.plugins = {MINDIRD_FAKE_GPU "/libmindird_test_plugin.so"};
  // Builds in a child process have tests of their own.
  out.in_process = true;
  return out;
}

}  // namespace

const engines::Engine& tensorrt_engine() {
  static const engines::Engine* const engine = [] {
    cuda();
    const auto& found = engines::tensorrt::discover(loader_options());
    if (!found.available) give_up("TensorRT engine", found.why.c_str());
    return engines::EngineRegistry::instance().find("tensorrt");
  }();
  return *engine;
}

engines::tensorrt::BuilderOptions good_builder() {
  engines::tensorrt::BuilderOptions out;
  out.executable = MINDIRD_TRT_MODULES "/mindird-builder";
  out.timeout = std::chrono::minutes(2);
  out.loader = loader_options();
  return out;
}

std::unique_ptr<engines::Engine> child_engine(engines::tensorrt::BuilderOptions options) {
  // The inner engine is the registry's.
  return engines::tensorrt::build_in_child(std::shared_ptr<const engines::Engine>(&tensorrt_engine(), [](const engines::Engine*) {}), std::move(options));
}

void set_cuda(const char* settings) { cuda_function<void (*)(const char*)>("mindird_test_cuda_set")(settings); }
void reset_cuda() { set_cuda(kGood); }

size_t device_memory_used() {
  size_t free = 0;
  size_t total = 0;
  cuda_function<int32_t (*)(size_t*, size_t*)>("cuMemGetInfo_v2")(&free, &total);
  return total - free;
}

Result<PlanRun> run_on_tensorrt(ir::Graph graph, std::span<const Tensor> inputs) {
  plan::CompileOptions options;
  options.engines = {&tensorrt_engine(), engines::EngineRegistry::instance().find("reference")};
  return run_plan(std::move(graph), options, inputs);
}

Result<PlanRun> run_plan(ir::Graph graph, const plan::CompileOptions& options, std::span<const Tensor> inputs) {
  PlanRun out;
  TRY_ASSIGN(const auto plan, plan::compile(std::move(graph), options, out.report));
  TRY_ASSIGN(Buffer arena, Buffer::allocate(plan->arena_bytes()));
  TRY_ASSIGN(Buffer workspace, Buffer::allocate(plan->workspace_bytes()));
  TRY_ASSIGN(const auto context, plan->context(arena.span(), workspace.span()));
  // The second run goes through the captured graph; it must give what the first gave.
  for (int run = 0; run < 2; ++run) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].bytes() > 0) std::memcpy(context->inputs()[i].data, inputs[i].data, inputs[i].bytes());
    }
    TRY(context->run());
    TRY_ASSIGN(auto outputs, copy_outputs(*context));
    for (size_t i = 0; run > 0 && i < outputs.size(); ++i) {
      if (std::memcmp(outputs[i].tensor.data, out.outputs[i].tensor.data, outputs[i].tensor.bytes()) != 0)
        return internal_error("the second run differs from the first");
    }
    out.outputs = std::move(outputs);
  }
  out.plan = plan;
  return out;
}

runtime::LoadOptions digits_options(const std::string& engine) {
  runtime::LoadOptions options;
  options.path = MINDIRD_SOURCE_DIR "/servables/digits/1/model.mindir";
  options.label = "digits/1";
  options.engines = {engine};
  if (engine != "reference") options.engines.push_back("reference");
  options.threads = 1;
  return options;
}

int partitions_on(const nlohmann::json& report, std::string_view engine) {
  int out = 0;
  for (const auto& partition : report.at("partitions")) out += partition.at("engine") == engine ? 1 : 0;
  return out;
}

}  // namespace mindird::test
