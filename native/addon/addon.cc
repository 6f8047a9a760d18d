// The addon's exports (NativeAddon in server/native/binding-types.ts).
#include <napi.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "addon/convert.h"
#include "addon/env_state.h"
#include "addon/model_object.h"
#include "addon/shared_object.h"
#include "base/give_way.h"
#include "base/guard.h"
#include "base/strings.h"
#include "base/trim.h"
#include "engines/registry.h"
#include "engines/tensorrt/loader/device_memory.h"
#include "engines/tensorrt/loader/loader.h"
#include "mindir/plugin_map.h"
#include "runtime/load/embed.h"
#include "runtime/load/inspect.h"
#include "runtime/serve/host.h"

namespace mindird::addon {
namespace {

std::string cpu_model() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

Napi::Object engine_object(Napi::Env env, std::string_view name, const engines::Engine* engine, const char* why) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("name", std::string(name));
  out.Set("available", engine != nullptr);
  out.Set("version", engine ? engine->version() : "");
  out.Set("device", engine ? engine->device() : "");
  out.Set("why", why);
  return out;
}

Napi::Array string_array(Napi::Env env, const std::vector<std::string>& strings) {
  Napi::Array out = Napi::Array::New(env, strings.size());
  for (uint32_t i = 0; i < strings.size(); ++i) out.Set(i, strings[i]);
  return out;
}

/// What was found on the way to the TensorRT engine, whether it came to one or not.
void add_tensorrt(Napi::Env env, Napi::Array list) {
  // Before configure() this is a question about the machine, and a library that is there is told even where there is no device for it.
  engines::tensorrt::LoaderOptions options;
  options.without_device = true;
  const engines::tensorrt::Found& found = engines::tensorrt::discover(options);
  const engines::Engine* engine = engines::EngineRegistry::instance().find("tensorrt");
  Napi::Object out = engine_object(env, "tensorrt", engine, found.why.c_str());
  if (!engine && found.version != 0) out.Set("version", "TensorRT " + engines::tensorrt::version_text(found.version));
  out.Set("library", found.library);
  out.Set("module", found.module);
  out.Set("builder", found.builder);
  out.Set("tried", string_array(env, found.tried));
  out.Set("devices", string_array(env, found.devices));
  list.Set(list.Length(), out);
}

Napi::Value system_info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const runtime::Host& host = runtime::Host::instance();
  Napi::Object out = Napi::Object::New(env);
  Napi::Object versions = Napi::Object::New(env);
  Napi::Array list = Napi::Array::New(env);
  std::string isa;
  const auto& registry = engines::EngineRegistry::instance();
  add_tensorrt(env, list);
  for (const engines::Engine* engine : registry.all()) {
    if (engine->id() != "tensorrt") list.Set(list.Length(), engine_object(env, engine->id(), engine, ""));
    versions.Set(std::string(engine->id()), engine->version());
    if (engine->id() == "cpu") isa = engine->device();
  }
  out.Set("cpuModel", cpu_model());
  out.Set("isa", isa);
  out.Set("cpus", host.limits().cpus);
  out.Set("quota", host.limits().quota);
  out.Set("threads", host.default_threads());
  out.Set("engines", list);
  out.Set("versions", versions);
  return out;
}

Result<engines::tensorrt::LoaderOptions> read_tensorrt(const Napi::Value& value) {
  engines::tensorrt::LoaderOptions out;
  if (!value.IsObject()) return out;
  const auto given = value.As<Napi::Object>();
  const Napi::Value library = given.Get("libraryPath");
  if (library.IsString()) out.library_path = library.As<Napi::String>().Utf8Value();
  out.without_device = is_true(given.Get("withoutDevice"));
  out.settings.tf32 = is_true(given.Get("tf32"));
  out.blocks = is_true(given.Get("blocks"));
  const Napi::Value level = given.Get("optimizationLevel");
  if (level.IsNumber()) out.settings.optimization_level = level.As<Napi::Number>().Int32Value();
  const Napi::Value threads = given.Get("buildThreads");
  if (threads.IsNumber()) out.settings.build_threads = threads.As<Napi::Number>().Int32Value();
  TRY_ASSIGN(out.settings.plugins, read_strings(given.Get("plugins")).with("plugins"));
  TRY_ASSIGN(const std::vector<std::string> entries, read_strings(given.Get("pluginMap")).with("pluginMap"));
  std::vector<mindir::PluginEntry> map;
  for (const std::string& text : entries) {
    TRY_ASSIGN(mindir::PluginEntry entry, mindir::parse_plugin_entry(text));
    map.push_back(std::move(entry));
  }
  TRY(mindir::set_plugin_map(std::move(map)));
  const Napi::Value timeout = given.Get("buildTimeoutMs");
  if (timeout.IsNumber()) out.build_timeout = std::chrono::milliseconds(timeout.As<Napi::Number>().Int64Value());
  return out;
}

/// Ends the process without destructors of static objects: threads may be in the middle of a build, and in what those would destroy (oneDNN's caches).
/// What is registered last runs first, so this is done when JavaScript has had its last word.
void leave_statics_alone(const Napi::CallbackInfo&) {
  on_exit(
      [](int status, void*) {
        std::fflush(nullptr);
        _exit(status);
      },
      nullptr);
}

void end_without_destructors(Napi::Env env) {
  const auto process = env.Global().Get("process").As<Napi::Object>();
  process.Get("once").As<Napi::Function>().Call(process, {Napi::String::New(env, "exit"), Napi::Function::New<leave_statics_alone>(env, "leaveStaticsAlone")});
}

Napi::Value configure(const Napi::CallbackInfo& info) {
  const Napi::Value threads = info.Length() > 0 && info[0].IsObject() ? info[0].As<Napi::Object>().Get("threads") : info.Env().Undefined();
  const double count = threads.IsNumber() ? threads.As<Napi::Number>().DoubleValue() : -1;
  if (!(count >= 0) || count > 1024) return throw_status(info.Env(), invalid_argument("configure: threads is not a number from 0 to 1024"));
  const auto tensorrt = read_tensorrt(info[0].As<Napi::Object>().Get("tensorrt"));
  if (!tensorrt.ok()) return throw_status(info.Env(), tensorrt.status());
  engines::tensorrt::discover(tensorrt.value());
  if (is_true(info[0].As<Napi::Object>().Get("goesFirst"))) {
    go_first();
    // So Node.js calls the threads in which V8 compiles what is called often: as nice as the rest they would keep the compute threads waiting for tens of
    // milliseconds, in the first minute of load above all.
    threads_give_way("V8Worker", kHelpersGiveWayBy);
  }
  runtime::Host::instance().configure(static_cast<int>(count));
  return info.Env().Undefined();
}

void loads_give_way(const Napi::CallbackInfo&) { runtime::Host::builders_give_way(); }

Napi::Value set_completion_handler(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsFunction()) return throw_status(info.Env(), invalid_argument("setCompletionHandler: want a function"));
  EnvState::of(info.Env()).set_handler(info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

Napi::Value load(const Napi::CallbackInfo& info) {
  auto options = read_load_options(info.Length() > 0 ? info[0] : info.Env().Undefined());
  const auto work = [options = std::move(options)]() -> Result<EnvState::Settle> {
    if (!options.ok()) return options.status();
    auto loaded = runtime::Model::load(*options);
    return_free_memory();
    TRY_ASSIGN(auto model, std::move(loaded));
    return EnvState::Settle([model](Napi::Env env) { return ModelObject::wrap(env, model); });
  };
  return EnvState::of(info.Env()).run(work, true);
}

Result<runtime::EmbedOptions> read_embed_options(const Napi::Value& value, runtime::LoadOptions& load) {
  if (!value.IsObject()) return invalid_argument("embed: options are not an object");
  const Napi::Object object = value.As<Napi::Object>();
  runtime::EmbedOptions out;
  const Napi::Value output = object.Get("output");
  const Napi::Value creator = object.Get("creator");
  if (!output.IsString() || !creator.IsString()) return invalid_argument("embed: output or creator is not a string");
  out.output = output.As<Napi::String>().Utf8Value();
  out.creator = creator.As<Napi::String>().Utf8Value();
  out.bodies = is_true(object.Get("bodies"));
  TRY_ASSIGN(load.shapes, read_shapes(object.Get("shapes")));
  return out;
}

Napi::Value embed(const Napi::CallbackInfo& info) {
  if (info.Length() < 2) return throw_status(info.Env(), invalid_argument("embed: want (load options, options)"));
  auto load = read_load_options(info[0]);
  auto options = load.ok() ? read_embed_options(info[1], *load) : Result<runtime::EmbedOptions>(load.status());
  const auto work = [load = std::move(load), options = std::move(options)]() -> Result<EnvState::Settle> {
    if (!options.ok()) return options.status();
    auto written = runtime::embed(*load, *options);
    return_free_memory();
    TRY_ASSIGN(std::string text, std::move(written));
    return EnvState::Settle([text = std::move(text)](Napi::Env env) { return Napi::String::New(env, text); });
  };
  return EnvState::of(info.Env()).run(work, true);
}

Result<runtime::InspectOptions> read_inspect_options(const Napi::Value& value) {
  if (!value.IsObject()) return invalid_argument("inspect: options are not an object");
  const Napi::Object object = value.As<Napi::Object>();
  runtime::InspectOptions out;
  const Napi::Value stage = object.Get("stage");
  if (!stage.IsString()) return invalid_argument("inspect: stage is not a string");
  out.stage = stage.As<Napi::String>().Utf8Value();
  out.json = is_true(object.Get("json"));
  out.read.key = read_key_source(object);
  TRY_ASSIGN(out.engines, read_strings(object.Get("engines")));
  TRY_ASSIGN(out.shapes, read_shapes(object.Get("shapes")));
  if (const Napi::Value precision = object.Get("precision"); precision.IsString()) {
    TRY_ASSIGN(out.precision, read_precision(precision.As<Napi::String>().Utf8Value()));
  }
  TRY_ASSIGN(out.read.state, read_state(object));
  if (const Napi::Value keep = object.Get("keepFp32"); keep.IsArray()) {
    TRY_ASSIGN(out.keep_fp32, read_strings(keep));
  }
  if (const Napi::Value threads = object.Get("threads"); threads.IsNumber()) out.threads = threads.As<Napi::Number>().Int32Value();
  if (const Napi::Value seconds = object.Get("seconds"); seconds.IsNumber()) out.seconds = seconds.As<Napi::Number>().DoubleValue();
  TRY_ASSIGN(out.short_weights, read_weights(object));
  return out;
}

Napi::Value inspect(const Napi::CallbackInfo& info) {
  if (info.Length() < 2 || !info[0].IsString()) return throw_status(info.Env(), invalid_argument("inspect: want (path, options)"));
  const std::string path = info[0].As<Napi::String>().Utf8Value();
  engines::tensorrt::discover();
  auto options = read_inspect_options(info[1]);
  const auto work = [path, options = std::move(options)]() -> Result<EnvState::Settle> {
    if (!options.ok()) return options.status();
    TRY_ASSIGN(std::string text, runtime::inspect(path, *options).with(path));
    return EnvState::Settle([text = std::move(text)](Napi::Env env) { return Napi::String::New(env, text); });
  };
  return EnvState::of(info.Env()).run(work, true);
}

Napi::Value device_memory(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array out = Napi::Array::New(env);
  if (const auto use = engines::tensorrt::device_use()) {
    Napi::Object device = Napi::Object::New(env);
    device.Set("device", use->device);
    device.Set("used", static_cast<double>(use->used));
    device.Set("total", static_cast<double>(use->total));
    out.Set(0U, device);
  }
  return out;
}

Napi::Value drain(const Napi::CallbackInfo& info) {
  const std::vector<Event> events = drain_events();
  Napi::Array out = Napi::Array::New(info.Env(), events.size());
  for (uint32_t i = 0; i < events.size(); ++i) out.Set(i, event_object(info.Env(), events[i]));
  return out;
}

/// Frees the memory of array buffers at once instead of when the collector finds them; every view of them becomes empty.
Napi::Value detach(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsArray()) return throw_status(info.Env(), invalid_argument("detach: want an array"));
  const Napi::Array list = info[0].As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Value item = list.Get(i);
    if (!item.IsArrayBuffer()) return throw_status(info.Env(), invalid_argument("detach: not an ArrayBuffer"));
    item.As<Napi::ArrayBuffer>().Detach();
  }
  if (is_true(info[1])) {
    // Without a thread the C library keeps it, which costs memory alone.
    (void)guarded([]() -> Status {
      std::thread(return_free_memory).detach();
      return {};
    });
  }
  return info.Env().Undefined();
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new EnvState(env));
  ModelObject::define(env);
  SharedObject::define(env);
  end_without_destructors(env);
  exports.Set("systemInfo", Napi::Function::New<system_info>(env, "systemInfo"));
  exports.Set("configure", Napi::Function::New<configure>(env, "configure"));
  exports.Set("loadsGiveWay", Napi::Function::New<loads_give_way>(env, "loadsGiveWay"));
  exports.Set("setCompletionHandler", Napi::Function::New<set_completion_handler>(env, "setCompletionHandler"));
  exports.Set("load", Napi::Function::New<load>(env, "load"));
  exports.Set("embed", Napi::Function::New<embed>(env, "embed"));
  exports.Set("inspect", Napi::Function::New<inspect>(env, "inspect"));
  exports.Set("deviceMemory", Napi::Function::New<device_memory>(env, "deviceMemory"));
  exports.Set("detach", Napi::Function::New<detach>(env, "detach"));
  exports.Set("mapShared", Napi::Function::New<SharedObject::map>(env, "mapShared"));
  exports.Set("drainEvents", Napi::Function::New<drain>(env, "drainEvents"));
  return exports;
}

NODE_API_MODULE(mindird, init)

}  // namespace
}  // namespace mindird::addon
